import { secret } from '../../secret.ts'
const [, second] = ['x', secret.expose()]
console.log(second)
