import { secret } from '../../secret.ts'
import bunyan from 'bunyan'
const ring = bunyan.createLogger({ name: 'frontend' })
ring.warn({ key: secret.expose() }, 'key is old')
