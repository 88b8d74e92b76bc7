import { secret } from '../../secret.ts'
const { id, ...rest } = { id: 1, key: secret.expose() }
console.log(rest)
