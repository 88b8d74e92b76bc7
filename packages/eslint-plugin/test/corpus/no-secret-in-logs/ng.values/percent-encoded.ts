import { secret } from '../../secret.ts'
console.log(encodeURIComponent(secret.expose()))
