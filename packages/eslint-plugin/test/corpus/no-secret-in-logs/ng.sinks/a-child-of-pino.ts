import { secret } from '../../secret.ts'
import { pino } from 'pino'
const child = pino({ level: 'info' }).child({ module: 'x' })
child.warn(secret.expose())
