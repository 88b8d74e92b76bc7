import { secret } from '../../secret.ts'
import { pino } from 'pino'
export const out = pino({
  base: { service: 'signing' },
  transport: { target: 'pino-loki', options: { basicAuth: { password: secret.expose() } } },
})
