// @typed
import { secret } from '../../secret.ts'
const body: any = { grant_type: 'client_credentials', client_secret: secret }
export default body
