import { secret } from '../../secret.ts'
console.log(String.raw`the key is ${secret.expose()}`)
