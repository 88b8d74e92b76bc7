import { secret } from '../../secret.ts'
const bytes = Buffer.from(secret.expose(), 'base64url')
const strength = bytes.byteLength * 8
console.log(`${secret.label} has ${strength} bits`, Math.min(strength, 256))
