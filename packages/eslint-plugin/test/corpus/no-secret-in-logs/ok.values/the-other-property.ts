import { secret } from '../../secret.ts'
const settings = { key: secret.expose(), id: 1 }
console.log(settings.id)
