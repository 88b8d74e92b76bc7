// @reports kept
import type { Secret } from '../../secret.ts'
export function withKey(secret: Secret) {
  const headers = { 'x-api-key': secret.expose() }
  async function call(url: string) {
    await fetch(url, { headers })
  }
  return call
}
