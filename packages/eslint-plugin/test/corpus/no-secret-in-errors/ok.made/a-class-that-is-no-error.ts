import { secret } from '../../secret.ts'
class Client {
  constructor(readonly key: string) {}
}
export const client = new Client(secret.expose())
