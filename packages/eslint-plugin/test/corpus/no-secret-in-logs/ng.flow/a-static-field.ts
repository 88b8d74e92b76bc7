import { secret } from '../../secret.ts'
class Client {
  static key = secret.expose()
}
console.log(Client.key)
