import { secret } from '../../secret.ts'
console.log(secret.expose() === 'x', secret.expose().startsWith('dev-'), !secret.expose())
