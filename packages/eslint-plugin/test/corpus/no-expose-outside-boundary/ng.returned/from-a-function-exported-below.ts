// @reports returned
import { secret } from '../../secret.ts'
function readKey() {
  return secret.expose()
}
export { readKey }
