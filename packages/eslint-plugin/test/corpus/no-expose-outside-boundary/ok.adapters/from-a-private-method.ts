import type { Secret } from '../../secret.ts'
export class Vault {
  readonly #token: Secret
  constructor(token: Secret) {
    this.#token = token
  }
  read(url: URL) {
    return fetch(url, { headers: this.#headers() })
  }
  #headers() {
    return { 'X-Vault-Token': this.#token.expose() }
  }
}
