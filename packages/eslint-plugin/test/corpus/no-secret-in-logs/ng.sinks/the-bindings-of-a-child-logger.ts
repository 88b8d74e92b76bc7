import { secret } from '../../secret.ts'
import { pino } from 'pino'
const p = pino()
p.child({ key: secret.expose() })
