import { secret } from '../../secret.ts'
const keys = new Map([['signing', secret.expose()]])
for (const [name] of keys) console.log(name)
console.log([...keys.keys()])
