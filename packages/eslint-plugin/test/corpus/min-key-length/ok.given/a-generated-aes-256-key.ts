import { generateKeySync } from 'node:crypto'

export const key = generateKeySync('aes', { length: 256 })
