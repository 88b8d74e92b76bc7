// @typed
import { type Secret } from '../../secret.ts'
interface Holder {
  read(): Secret
  readonly name: string
}
function print(holder: Holder) {
  console.log(holder)
}
