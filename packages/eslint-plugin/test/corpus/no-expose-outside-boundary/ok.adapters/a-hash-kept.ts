import { createHash } from 'node:crypto'
import type { Secret } from '../../secret.ts'
const known = new Set<string>()
export function isNew(secret: Secret) {
  const digest = createHash('sha256').update(secret.expose()).digest('hex')
  if (known.has(digest)) return false
  known.add(digest)
  return true
}
