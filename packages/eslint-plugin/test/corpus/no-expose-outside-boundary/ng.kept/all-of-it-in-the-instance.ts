// @reports kept
import type { Secret } from '../../secret.ts'
export class Config {
  constructor(host: string, password: Secret) {
    Object.assign(this, { host, password: password.expose() })
  }
}
