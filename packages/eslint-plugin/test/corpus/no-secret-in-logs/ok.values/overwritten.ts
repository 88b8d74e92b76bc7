import { secret } from '../../secret.ts'
let key = secret.expose()
key = 'x'
console.log(key)
