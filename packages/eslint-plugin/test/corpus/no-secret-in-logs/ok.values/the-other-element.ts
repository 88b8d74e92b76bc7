import { secret } from '../../secret.ts'
const [first] = ['x', secret.expose()]
console.log(first)
