// @typed
// @reports secretObject
import { secret } from '../../secret.ts'
console.log(secret)
