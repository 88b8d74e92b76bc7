// @reports kept
import type { Secret } from '../../secret.ts'
interface Session {
  defaults: { headers: Record<string, string> }
}
export class Api {
  constructor(readonly session: Session) {}
  authorize(token: Secret) {
    const { headers } = this.session.defaults
    headers['authorization'] = `Bearer ${token.expose()}`
  }
}
