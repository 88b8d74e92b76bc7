import { type Secret, secret } from '../../secret.ts'
export class Keystore {
  readonly #passphrase: Secret = secret
  readonly extra: unknown = this.#passphrase.label
}
