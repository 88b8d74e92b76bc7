import { secret } from '../../secret.ts'
console.assert(secret.expose() !== '', 'no key')
