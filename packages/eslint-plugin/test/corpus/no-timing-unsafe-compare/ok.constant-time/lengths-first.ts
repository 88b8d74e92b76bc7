import { timingSafeEqual } from 'node:crypto'
import { secret } from '../../secret.ts'

export function check(given: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(secret.expose())]
  return a.length === b.length && timingSafeEqual(a, b)
}
