import { randomBytes } from 'node:crypto'

export const token = randomBytes(64).toString('hex').slice(0, 64)
