import { secret } from '../../secret.ts'
import { createSecretKey } from 'node:crypto'
const key = createSecretKey(secret.expose(), 'hex')
console.log(key.type, key.symmetricKeySize)
