// @typed
import { secret } from '../../secret.ts'
const fields = secret as Record<string, any>
export const names = Object.keys(fields)
