import { secret } from '../../secret.ts'
import winston from 'winston'
export const out = winston.createLogger({
  level: 'info',
  defaultMeta: { service: 'signing', key: secret.expose() },
})
