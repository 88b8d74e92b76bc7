import { secret } from '../../secret.ts'
import log4js from 'log4js'
const journal = log4js.getLogger('auth')
journal.error('refused', secret.expose())
