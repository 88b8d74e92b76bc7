import { createCipheriv, randomBytes } from 'node:crypto'

const KEY = Buffer.from('RANDOM_HEX_64', 'hex')

export const encrypt = () => createCipheriv('aes-256-gcm', KEY, randomBytes(12))
