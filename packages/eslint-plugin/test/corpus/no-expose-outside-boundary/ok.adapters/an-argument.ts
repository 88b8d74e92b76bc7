import { createHmac } from 'node:crypto'
import type { Secret } from '../../secret.ts'
export function sign(key: Secret, data: string) {
  return createHmac('sha256', key.expose()).update(data).digest('hex')
}
