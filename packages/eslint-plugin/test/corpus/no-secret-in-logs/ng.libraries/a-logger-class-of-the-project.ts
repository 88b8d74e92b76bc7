import { secret } from '../../secret.ts'
import { AuditLogger } from './audit-logger.ts'
class Keys {
  readonly #trail = new AuditLogger()
  load() {
    this.#trail.info('loaded', secret.expose())
  }
}
