import { secret } from '../../secret.ts'
console.error('failed', secret.expose())
