import { secret } from '../../secret.ts'
import { createHmac } from 'node:crypto'
const mac = createHmac('sha256', secret.expose())
mac.update('x')
const tag = mac.digest('base64url')
console.log(tag)
