import { secret } from '../../secret.ts'
import { debuglog } from 'node:util'
const trace = debuglog('auth')
trace('using key %s', secret.expose())
