import { secret } from '../../secret.ts'
const template = 'KEY=$KEY'
console.log(template.replace('$KEY', () => secret.expose()))
