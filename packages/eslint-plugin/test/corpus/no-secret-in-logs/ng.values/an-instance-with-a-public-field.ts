import { secret } from '../../secret.ts'
class Client {
  readonly key: string
  constructor(key: string) {
    this.key = key
  }
}
console.log(new Client(secret.expose()))
