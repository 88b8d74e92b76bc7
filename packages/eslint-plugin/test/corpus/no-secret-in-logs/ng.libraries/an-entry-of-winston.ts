import { secret } from '../../secret.ts'
import { createLogger, format } from 'winston'
const journal = createLogger({ format: format.json() })
journal.log({ level: 'info', message: `signing with ${secret.expose()}` })
