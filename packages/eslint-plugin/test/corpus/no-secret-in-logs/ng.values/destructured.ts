import { secret } from '../../secret.ts'
const { key } = { id: 1, key: secret.expose() }
console.log(key)
