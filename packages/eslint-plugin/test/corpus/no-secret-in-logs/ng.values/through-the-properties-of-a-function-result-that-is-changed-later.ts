// @known
import { secret } from '../../secret.ts'
const holder = (() => ({ key: '' }))()
const same = holder
same.key = secret.expose()
console.log(holder.key)
