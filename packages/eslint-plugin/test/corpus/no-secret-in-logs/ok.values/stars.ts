import { secret } from '../../secret.ts'
console.log('*'.repeat(secret.expose().length))
