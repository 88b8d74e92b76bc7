import { secret } from '../../secret.ts'
const size = secret.map((value) => value.length)
console.log(size.label)
