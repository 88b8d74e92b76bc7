// @reports kept
import { createHmac } from 'node:crypto'
import type { Secret } from '../../secret.ts'
export function createSigner(secret: Secret) {
  const key = secret.expose()
  return (data: string) => createHmac('sha256', key).update(data).digest('hex')
}
