import { secret } from '../../secret.ts'
class Client {
  protected key = secret.expose()
}
class SigningClient extends Client {
  print() {
    console.log(this.key)
  }
}
