// @typed
import { secret } from '../../secret.ts'
declare function parse(key: string): number
const wrap = (key: string) => ({ expires: parse(key), key })
console.log(wrap(secret.expose()).expires)
