import { secret } from '../../secret.ts'
console.log([secret.expose()].map((key) => ({ key })))
