// @reports returned
import type { Secret } from '../../secret.ts'
export class Credentials {
  readonly #password: Secret
  constructor(password: Secret) {
    this.#password = password
  }
  password() {
    return this.#password.expose()
  }
}
