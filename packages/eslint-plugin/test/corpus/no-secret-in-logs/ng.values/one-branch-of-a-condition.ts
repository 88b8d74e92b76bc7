import { secret } from '../../secret.ts'
console.log(Math.random() > 0.5 ? secret.expose() : 'none')
