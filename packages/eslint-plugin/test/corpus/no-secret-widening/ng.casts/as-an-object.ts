// @typed
import { secret } from '../../secret.ts'
export const fields = Object.keys(secret as object)
