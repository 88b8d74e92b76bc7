import { secret } from '../../secret.ts'
import pino from 'pino'
const p = pino()
p.info({ key: secret.expose() }, 'ready')
