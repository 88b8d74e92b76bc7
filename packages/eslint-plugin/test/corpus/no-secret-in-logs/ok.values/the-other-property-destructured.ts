import { secret } from '../../secret.ts'
const { id } = { key: secret.expose(), id: 1 }
console.log(id)
