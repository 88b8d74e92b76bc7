import { secret } from '../../secret.ts'
console.log(typeof secret.expose())
