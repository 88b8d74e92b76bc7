import { secret } from '../../secret.ts'
import winston from 'winston'
const audit = winston.createLogger({ transports: [new winston.transports.Console()] })
audit.info('key loaded', { key: secret.expose() })
