import { secret } from '../../secret.ts'
class Client {
  protected key = secret.expose()
  protected name = 'client'
}
class SigningClient extends Client {
  print() {
    console.log(this.name)
  }
}
