import { secret } from '../../secret.ts'
const settings = { auth: { key: secret.expose(), id: 1 } }
console.log(settings.auth.key)
