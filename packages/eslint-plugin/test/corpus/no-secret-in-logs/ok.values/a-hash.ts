import { secret } from '../../secret.ts'
import { createHash } from 'node:crypto'
console.log(createHash('sha256').update(secret.expose()).digest('hex'))
