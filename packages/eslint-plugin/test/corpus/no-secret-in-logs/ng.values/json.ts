import { secret } from '../../secret.ts'
console.log(JSON.stringify({ key: secret.expose() }))
