import { secret } from '../../secret.ts'
const keys = new Map([['signing', secret.expose()]])
for (const [name, key] of keys) console.log(`${name}: ${key}`)
