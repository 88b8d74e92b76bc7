import { secret } from '../../secret.ts'
class Client {
  readonly #key: string
  readonly name = 'client'
  constructor(key: string) {
    this.#key = key
  }
  use() {
    return this.#key.length
  }
}
console.log(new Client(secret.expose()))
