// @typed
import { secret } from '../../secret.ts'
import type { Logger } from 'pino'
function start(audit: Logger) {
  audit.info(secret.expose())
}
