import { secret } from '../../secret.ts'
const a = { key: secret.expose() }
const b = { key: 'x' }
console.log(b.key)
