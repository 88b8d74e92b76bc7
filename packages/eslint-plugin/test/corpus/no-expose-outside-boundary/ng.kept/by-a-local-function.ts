// @reports kept
import type { Secret } from '../../secret.ts'
function headersFor(token: Secret) {
  return { 'X-Vault-Token': token.expose() }
}
export class Vault {
  headers: Record<string, string> = {}
  use(token: Secret) {
    this.headers = headersFor(token)
  }
}
