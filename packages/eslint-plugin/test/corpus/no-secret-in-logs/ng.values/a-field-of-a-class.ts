import { secret } from '../../secret.ts'
class Client {
  #key = secret.expose()
  print() {
    console.log(this.#key)
  }
}
