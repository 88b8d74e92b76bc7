import { randomBytes } from 'node:crypto'

export const apiKey = randomBytes(32)
