import { secret } from '../../secret.ts'
import { Client } from './client.ts'
export class SigningClient extends Client {
  constructor() {
    super(secret.expose())
  }
}
