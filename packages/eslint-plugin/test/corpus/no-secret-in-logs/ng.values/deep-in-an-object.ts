import { secret } from '../../secret.ts'
const settings = { auth: { key: [secret.expose()] } }
console.log(settings)
