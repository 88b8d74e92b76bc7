import { secret } from '../../secret.ts'
const keys = new Map([['key', secret.expose()]])
console.log(keys.size, keys.has('x'))
