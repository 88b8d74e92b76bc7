// @typed
import type { Secret } from '../../secret.ts'
export class Session {
  readonly #token: Secret
  constructor(token: Secret) {
    this.#token = token
  }
  get token(): any {
    return this.#token
  }
}
