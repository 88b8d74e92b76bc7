import { secret } from '../../secret.ts'
let value = ''
value = secret.expose()
console.log(value)
