// @reports returned
import { secret } from '../../secret.ts'
export default () => ({ clientSecret: secret.expose() })
