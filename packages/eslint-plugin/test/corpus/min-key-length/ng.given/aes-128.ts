import { createCipheriv, randomBytes } from 'node:crypto'

export const cipher = createCipheriv('aes-128-gcm', randomBytes(16), randomBytes(12))
