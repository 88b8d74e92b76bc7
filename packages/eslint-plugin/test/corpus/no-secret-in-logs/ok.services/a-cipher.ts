import { secret } from '../../secret.ts'
import { createCipheriv, randomBytes } from 'node:crypto'
export function seal(text: string) {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(secret.expose(), 'hex'), iv)
  const sealed = Buffer.concat([cipher.update(text), cipher.final()]).toString('base64')
  console.log({ iv: iv.toString('hex'), sealed, tag: cipher.getAuthTag().toString('hex') })
}
