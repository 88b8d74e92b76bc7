import { secret } from '../../secret.ts'
import { createHash } from 'node:crypto'
export const mark = (span: any) =>
  span.setAttribute('key.sha256', createHash('sha256').update(secret.expose()).digest('hex'))
