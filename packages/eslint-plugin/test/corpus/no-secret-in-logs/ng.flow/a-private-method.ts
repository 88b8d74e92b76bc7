import { secret } from '../../secret.ts'
class Client {
  #authorization() {
    return `Bearer ${secret.expose()}`
  }
  print() {
    console.log({ authorization: this.#authorization() })
  }
}
