import { secret } from '../../secret.ts'
console.log(JSON.parse(JSON.stringify({ key: secret.expose() })))
