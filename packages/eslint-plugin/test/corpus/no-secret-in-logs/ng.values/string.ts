import { secret } from '../../secret.ts'
console.log(String(secret.expose()))
