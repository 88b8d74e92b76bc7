import { secret } from '../../secret.ts'
class Client {
  static key = secret.expose()
  static path = '/keys'
}
console.log(Client.path)
