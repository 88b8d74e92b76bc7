// @typed
import { secret } from '../../secret.ts'
let token: unknown
export function start() {
  token = secret
}
export const shown = () => String(token)
