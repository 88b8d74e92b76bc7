// @reports kept
import type { SecretVersion } from '../../secret.ts'
export class Tokens {
  readonly #cache = new Map<string, string>()
  use({ version, value }: SecretVersion): number {
    const text = value.expose()
    this.#cache.set(version, text)
    return text.length
  }
}
