// @typed
// @reports secretObject
import { secret } from '../../secret.ts'
export const mark = (span: any) => span.setAttribute('key', `${secret}`)
