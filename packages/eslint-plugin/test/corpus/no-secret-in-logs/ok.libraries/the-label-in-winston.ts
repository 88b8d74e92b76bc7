import { secret } from '../../secret.ts'
import winston from 'winston'
const audit = winston.createLogger({ defaultMeta: { service: 'signing', key: secret.label } })
audit.info('key loaded', { bytes: secret.expose().length })
