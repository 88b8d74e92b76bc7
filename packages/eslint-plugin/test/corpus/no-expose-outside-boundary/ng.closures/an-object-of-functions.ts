// @reports kept
import { createHmac } from 'node:crypto'
import type { Secret } from '../../secret.ts'
export function createTokens(secret: Secret) {
  const key = secret.expose()
  return {
    issue: (id: string) => `${id}.${createHmac('sha256', key).update(id).digest('hex')}`,
    check(id: string, mac: string) {
      return createHmac('sha256', key).update(id).digest('hex') === mac
    },
  }
}
