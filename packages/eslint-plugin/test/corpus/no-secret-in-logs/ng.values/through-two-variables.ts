import { secret } from '../../secret.ts'
const a = secret.expose()
const b = a
console.info(b)
