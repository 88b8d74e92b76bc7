import { secret } from '../../secret.ts'
import { createLogger } from './logging.ts'
const trail = createLogger('auth')
trail.info({ key: secret.expose() })
