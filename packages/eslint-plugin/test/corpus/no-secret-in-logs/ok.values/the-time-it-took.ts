import { secret } from '../../secret.ts'
const start = Date.now()
secret.expose()
console.log({ ms: Date.now() - start })
