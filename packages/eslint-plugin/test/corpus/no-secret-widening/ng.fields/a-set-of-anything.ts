// @typed
import { secret } from '../../secret.ts'
export const held = new Set<unknown>([secret])
