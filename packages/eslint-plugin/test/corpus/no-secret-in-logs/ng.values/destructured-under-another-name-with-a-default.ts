import { secret } from '../../secret.ts'
const { key: k = '' } = { id: 1, key: secret.expose() }
console.log(k)
