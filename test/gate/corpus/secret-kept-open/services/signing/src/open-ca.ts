import type { Secret } from '@rekey/secret'

export class Ca {
  readonly #passphrase: string

  constructor(passphrase: Secret) {
    this.#passphrase = passphrase.expose()
  }

  opens(text: string): number {
    return this.#passphrase.length - text.length
  }
}
