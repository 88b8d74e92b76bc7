import { createCipheriv } from 'node:crypto'

export function encrypt(text: string, key: Buffer): Buffer {
  const bytes = Buffer.from([...Array(16)].map(() => Math.floor(Math.random() * 256)))
  const cipher = createCipheriv('aes-256-cbc', key, bytes)
  return Buffer.concat([bytes, cipher.update(text), cipher.final()])
}
