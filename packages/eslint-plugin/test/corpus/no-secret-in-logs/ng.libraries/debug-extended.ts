import { secret } from '../../secret.ts'
import createDebug from 'debug'
const app = createDebug('app')
const auth = app.extend('auth')
auth('key %o', { key: secret.expose() })
