// @typed
import { secret } from '../../secret.ts'
interface ClientConfig {
  host: string
  password?: any
}
const config: ClientConfig = { host: 'localhost' }
config.password = secret
export default config
