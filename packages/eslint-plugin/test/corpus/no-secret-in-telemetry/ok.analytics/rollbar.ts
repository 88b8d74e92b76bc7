import { secret } from '../../secret.ts'
import Rollbar from 'rollbar'
const rollbar = new Rollbar({ accessToken: secret.expose() })
rollbar.error('login failed', { key: secret.label })
