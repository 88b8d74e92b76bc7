import { secret } from '../../secret.ts'
import { pino } from 'pino'
export const out = pino({ level: 'info', base: { service: 'signing', key: secret.expose() } })
