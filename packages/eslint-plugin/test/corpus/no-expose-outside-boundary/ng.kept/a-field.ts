// @reports kept
import { secret } from '../../secret.ts'
export class Client {
  readonly #apiKey = secret.expose()
  call(url: string) {
    return fetch(url, { headers: { 'x-api-key': this.#apiKey } })
  }
}
