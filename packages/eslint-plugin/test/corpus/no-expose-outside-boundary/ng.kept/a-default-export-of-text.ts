// @reports kept
import { secret } from '../../secret.ts'
export default secret.expose()
