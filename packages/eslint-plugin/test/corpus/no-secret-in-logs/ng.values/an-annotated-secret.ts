// @reports secretObject
import { type Secret } from '../../secret.ts'
function print(key: Secret) {
  console.log('key', key)
}
