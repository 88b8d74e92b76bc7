// @reports returned
import { secret } from '../../secret.ts'
export function authorization() {
  return `Bearer ${secret.expose()}`
}
