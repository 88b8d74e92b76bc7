import { secret } from '../../secret.ts'
class Client {
  get key() {
    return secret.expose()
  }
  print() {
    console.log(this.key)
  }
}
