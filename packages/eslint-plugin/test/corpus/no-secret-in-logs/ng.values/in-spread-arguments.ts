import { secret } from '../../secret.ts'
const parts = ['key', secret.expose()]
console.log(...parts)
