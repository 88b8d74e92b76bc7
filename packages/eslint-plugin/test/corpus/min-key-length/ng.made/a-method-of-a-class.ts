import { randomBytes } from 'node:crypto'

export class Issuer {
  createApiKey(): string {
    return randomBytes(18).toString('base64url')
  }
}
