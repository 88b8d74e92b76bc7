import { createHash } from 'node:crypto'
import { secret } from '../../secret.ts'
export function fingerprint(): unknown {
  return createHash('sha256').update(secret.expose()).digest('hex')
}
