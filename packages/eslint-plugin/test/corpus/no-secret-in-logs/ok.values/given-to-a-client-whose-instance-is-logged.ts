import { secret } from '../../secret.ts'
declare class Client {
  constructor(key: string)
}
console.log(new Client(secret.expose()))
