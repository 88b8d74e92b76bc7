import { secret } from '../../secret.ts'
const { key, ...rest } = { key: secret.expose(), id: 1 }
console.log(rest)
