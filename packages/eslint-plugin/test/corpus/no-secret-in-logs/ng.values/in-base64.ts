import { secret } from '../../secret.ts'
console.log(Buffer.from(secret.expose()).toString('base64'))
