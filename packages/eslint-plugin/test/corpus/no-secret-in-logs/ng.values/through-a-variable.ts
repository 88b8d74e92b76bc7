import { secret } from '../../secret.ts'
const key = secret.expose()
console.log(key)
