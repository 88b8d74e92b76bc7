import { secret } from '../../secret.ts'
import { createPublicKey } from 'node:crypto'
const publicKey = createPublicKey(secret.expose())
console.log(publicKey.asymmetricKeyType, publicKey.export({ format: 'pem', type: 'spki' }))
