// @reports kept
import type { login as Login } from '../../secret.ts'
export class Connection {
  #user = ''
  #password = ''
  use(login: typeof Login) {
    ;({ user: this.#user, password: this.#password } = login.expose())
    return this.#user === '' && this.#password === ''
  }
}
