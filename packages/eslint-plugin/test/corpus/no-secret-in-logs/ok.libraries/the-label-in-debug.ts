import { secret } from '../../secret.ts'
import createDebug from 'debug'
const auth = createDebug('app').extend('auth')
auth('key %s with %d characters', secret.label, secret.expose().length)
