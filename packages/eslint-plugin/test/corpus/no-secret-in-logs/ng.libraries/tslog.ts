import { secret } from '../../secret.ts'
import { Logger } from 'tslog'
const journal = new Logger({ name: 'auth' })
journal.silly('key', secret.expose())
