// @reports returned
import type { Secret } from '../../secret.ts'
function bearer(token: Secret) {
  return `Bearer ${token.expose()}`
}
export function headers(token: Secret) {
  return { authorization: bearer(token), accept: 'application/json' }
}
