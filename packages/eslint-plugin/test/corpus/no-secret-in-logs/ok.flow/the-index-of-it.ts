import { secret } from '../../secret.ts'
const known = ['a', 'b']
const index = known.findIndex((each) => each === secret.expose())
console.log(index, known[index])
