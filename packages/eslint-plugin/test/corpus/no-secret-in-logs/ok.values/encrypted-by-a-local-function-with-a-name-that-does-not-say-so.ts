import { secret } from '../../secret.ts'
import { createCipheriv } from 'node:crypto'
const protect = (text: string) => {
  const cipher = createCipheriv('aes-256-gcm', Buffer.alloc(32), Buffer.alloc(12))
  return Buffer.concat([cipher.update(text), cipher.final()]).toString('hex')
}
console.log(protect(secret.expose()))
