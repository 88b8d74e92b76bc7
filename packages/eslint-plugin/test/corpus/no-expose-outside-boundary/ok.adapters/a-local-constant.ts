import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Secret } from '../../secret.ts'
export function isRight(key: Secret, data: string, mac: Buffer) {
  const text = key.expose()
  const right = createHmac('sha256', text).update(data).digest()
  return timingSafeEqual(right, mac)
}
