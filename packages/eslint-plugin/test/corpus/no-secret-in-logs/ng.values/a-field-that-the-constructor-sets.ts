import { secret } from '../../secret.ts'
class Client {
  readonly key: string
  constructor(key: string) {
    this.key = key
  }
  print() {
    console.log(this.key)
  }
}
new Client(secret.expose()).print()
