// @known
import { secret } from '../../secret.ts'
class Client {
  key = ''
  print() {
    console.log(this.key)
  }
}
const client = new Client()
client.key = secret.expose()
client.print()
