// @typed
// @reports secretObject
import { secret } from '../../secret.ts'
throw new Error(`cannot use ${secret}`)
