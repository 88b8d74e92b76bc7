import { secret } from '../../secret.ts'
console.log(`the key is ${secret.expose()}`)
