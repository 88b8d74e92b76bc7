import { secret } from '../../secret.ts'
console.log('secret.expose() gives the value')
