// @typed
import { secret } from '../../secret.ts'
const settings: Record<string, unknown> = { host: 'localhost' }
settings['password'] = secret
export default settings
