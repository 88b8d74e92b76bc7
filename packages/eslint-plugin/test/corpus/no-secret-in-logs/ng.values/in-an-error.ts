import { secret } from '../../secret.ts'
console.error(new Error(`bad key ${secret.expose()}`))
