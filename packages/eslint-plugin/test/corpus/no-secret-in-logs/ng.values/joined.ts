import { secret } from '../../secret.ts'
console.log(['Bearer', secret.expose()].join(' '))
