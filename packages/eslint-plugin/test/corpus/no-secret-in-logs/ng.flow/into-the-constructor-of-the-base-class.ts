import { secret } from '../../secret.ts'
class Client {
  constructor(readonly key: string) {}
  print() {
    console.log(this.key)
  }
}
class SigningClient extends Client {
  constructor() {
    super(secret.expose())
  }
}
new SigningClient().print()
