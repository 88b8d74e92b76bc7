// @typed
import { secret } from '../../secret.ts'
const parameters: unknown[] = ['frontend', secret]
export default parameters
