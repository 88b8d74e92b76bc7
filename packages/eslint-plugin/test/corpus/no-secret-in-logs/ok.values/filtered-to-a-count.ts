import { secret } from '../../secret.ts'
console.log([secret.expose()].filter((key) => key !== '').length)
