import type { Secret } from '../../secret.ts'
export class Client {
  readonly #token: Secret
  constructor(token: Secret) {
    this.#token = token
  }
  call(url: string) {
    return fetch(url, { headers: { authorization: `Bearer ${this.#token.expose()}` } })
  }
}
