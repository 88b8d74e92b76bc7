// @typed
import { secret } from '../../secret.ts'
const given: string | object = secret
export const kind = typeof given
