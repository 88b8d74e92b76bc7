import { secret } from '../../secret.ts'
import createDebug from 'debug'
createDebug('app:auth')('key %s', secret.expose())
