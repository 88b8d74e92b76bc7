// @typed
import { secret } from '../../secret.ts'
export const later = Promise.resolve<unknown>(secret)
