// @reports kept
import { secret } from '../../secret.ts'
export default { clientId: 'vpn', clientSecret: secret.expose() }
