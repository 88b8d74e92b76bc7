import { secret } from '../../secret.ts'
class Client {
  key() {
    return secret.expose()
  }
}
const client = new Client()
console.log(client.key())
