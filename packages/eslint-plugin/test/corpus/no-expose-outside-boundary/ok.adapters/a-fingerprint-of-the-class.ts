import { createHash } from 'node:crypto'
import { secret } from '../../secret.ts'
export class Identity {
  static readonly fingerprint = createHash('sha256').update(secret.expose()).digest('hex')
}
