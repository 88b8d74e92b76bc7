import { secret } from '../../secret.ts'
import { log, logError } from './log.ts'
log('connecting', secret.expose())
logError(new Error(`refused ${secret.expose()}`))
