// @typed
import { secret } from '../../secret.ts'
const headers: Record<string, unknown> = { accept: '*/*', authorization: secret }
export default headers
