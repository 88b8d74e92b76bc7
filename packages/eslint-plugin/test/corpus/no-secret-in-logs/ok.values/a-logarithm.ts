import { secret } from '../../secret.ts'
console.log(Math.log(secret.expose().length))
