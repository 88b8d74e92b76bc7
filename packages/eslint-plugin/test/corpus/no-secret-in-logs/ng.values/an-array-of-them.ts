// @typed
// @reports secretObject
import { type Secret } from '../../secret.ts'
function print(keys: readonly Secret[]) {
  console.log(keys)
}
