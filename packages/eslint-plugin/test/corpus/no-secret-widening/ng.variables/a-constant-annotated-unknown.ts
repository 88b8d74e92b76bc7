// @typed
// @reports hidden
import { secret } from '../../secret.ts'
const password: unknown = secret
export default password
