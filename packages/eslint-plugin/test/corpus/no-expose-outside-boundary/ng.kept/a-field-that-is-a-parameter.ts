// @reports kept
import { createHmac } from 'node:crypto'
import { secret } from '../../secret.ts'
class Signer {
  constructor(private readonly key: string) {}
  sign(data: string) {
    return createHmac('sha256', this.key).update(data).digest('hex')
  }
}
export const mac = (data: string) => new Signer(secret.expose()).sign(data)
