import { secret } from '../../secret.ts'
class Client {
  constructor(readonly key: string) {}
  toJSON() {
    return { name: 'client' }
  }
}
console.log(JSON.stringify(new Client(secret.expose())))
