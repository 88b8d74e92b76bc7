// @typed
import { secret } from '../../secret.ts'
class Session {
  #token: unknown
  set token(next: unknown) {
    this.#token = next
  }
  get isOpen() {
    return this.#token !== undefined
  }
}
const session = new Session()
session.token = secret
