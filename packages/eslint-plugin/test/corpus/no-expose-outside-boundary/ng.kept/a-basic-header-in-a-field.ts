// @reports kept
import type { Secret } from '../../secret.ts'
export class Administrator {
  #authorization = ''
  logIn(id: string, secret: Secret) {
    const pair = `${id}:${secret.expose()}`
    this.#authorization = `Basic ${Buffer.from(pair).toString('base64')}`
  }
  get isLoggedIn() {
    return this.#authorization !== ''
  }
}
