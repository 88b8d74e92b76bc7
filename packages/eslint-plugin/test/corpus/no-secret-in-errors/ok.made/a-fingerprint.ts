import { secret } from '../../secret.ts'
import createError from 'http-errors'
import { createHash } from 'node:crypto'
const fingerprint = createHash('sha256').update(secret.expose()).digest('hex')
export const forbidden = () => createError(403, `key ${fingerprint} is revoked`)
