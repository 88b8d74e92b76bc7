import { secret } from '../../secret.ts'
import * as winston from 'winston'
const base = winston.createLogger()
export const forRequests = base.child({ apiKey: secret.expose() })
