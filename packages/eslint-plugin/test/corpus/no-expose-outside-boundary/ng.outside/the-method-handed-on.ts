// @reports outsideBoundary
import { secret } from '../../secret.ts'
export const open = secret.expose.bind(secret)
