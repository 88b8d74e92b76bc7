import { secret } from '../../secret.ts'
console.log.apply(console, ['key', secret.expose()])
