import { secret } from '../../secret.ts'
import winston from 'winston'
import { HttpTransport } from './http-transport.ts'
export const audit = winston.createLogger({
  transports: [new HttpTransport({ host: 'logs', headers: { authorization: secret.expose() } })],
})
