import { Secret } from '../../secret.ts'
const made = Secret.of('x', 'X')
console.log(made.expose())
