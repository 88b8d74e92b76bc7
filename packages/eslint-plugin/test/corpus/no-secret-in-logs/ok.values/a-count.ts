import { secret } from '../../secret.ts'
let count = 0
for (const key of [secret.expose()]) count += key.length
console.log(count)
