// @reports secretObject
import { secret } from '../../secret.ts'
import { Secret as Hidden } from '../../secret.ts'
function print(key: Hidden) {
  console.log({ key })
}
