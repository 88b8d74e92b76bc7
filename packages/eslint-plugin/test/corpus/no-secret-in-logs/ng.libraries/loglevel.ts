import { secret } from '../../secret.ts'
import loglevel from 'loglevel'
const auth = loglevel.getLogger('auth')
auth.debug(secret.expose())
