import { secret } from '../../secret.ts'
let key = secret.expose()
console.log(key)
key = ''
