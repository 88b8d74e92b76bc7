// @typed
import type { Secret } from '../../secret.ts'
export class Keystore {
  readonly #passphrase: unknown
  constructor(passphrase: Secret) {
    this.#passphrase = passphrase
  }
  describe() {
    return `${this.#passphrase}`
  }
}
