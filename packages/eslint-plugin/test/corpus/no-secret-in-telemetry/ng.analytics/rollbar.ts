import { secret } from '../../secret.ts'
import Rollbar from 'rollbar'
declare const accessToken: string
const rollbar = new Rollbar({ accessToken })
rollbar.error('login failed', { key: secret.expose() })
