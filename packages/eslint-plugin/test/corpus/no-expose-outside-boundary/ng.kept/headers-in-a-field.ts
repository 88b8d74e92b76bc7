// @reports kept
import { secret } from '../../secret.ts'
export class Api {
  readonly #headers = new Headers({ authorization: `Bearer ${secret.expose()}` })
  load(url: URL) {
    return fetch(url, { headers: this.#headers })
  }
}
