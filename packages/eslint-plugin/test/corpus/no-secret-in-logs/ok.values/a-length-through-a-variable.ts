import { secret } from '../../secret.ts'
const key = secret.expose()
const { length } = key
console.log(length, key.length, `${key.length} characters`)
