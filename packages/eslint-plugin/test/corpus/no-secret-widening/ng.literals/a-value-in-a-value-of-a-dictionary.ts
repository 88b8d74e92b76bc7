// @typed
import { secret } from '../../secret.ts'
const config: Record<string, unknown> = {
  database: { host: 'localhost', password: secret },
}
export default config
