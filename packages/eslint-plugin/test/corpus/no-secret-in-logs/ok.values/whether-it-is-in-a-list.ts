import { secret } from '../../secret.ts'
console.log(['x'].includes(secret.expose()), ['x'].indexOf(secret.expose()))
