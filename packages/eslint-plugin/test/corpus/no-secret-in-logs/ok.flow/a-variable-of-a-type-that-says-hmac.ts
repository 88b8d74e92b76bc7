// @typed
import { secret } from '../../secret.ts'
type Hmac = string & { readonly kind: 'hmac' }
const tag = secret.expose().replace('a', 'b') as Hmac
console.log({ tag })
