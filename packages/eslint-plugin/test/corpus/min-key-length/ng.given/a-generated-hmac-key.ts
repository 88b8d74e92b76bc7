import { generateKeySync } from 'node:crypto'

export const key = generateKeySync('hmac', { length: 128 })
