import { secret } from '../../secret.ts'
console.log(secret.toString(), String(secret))
