import { randomBytes } from 'node:crypto'

export const apiKeyId = randomBytes(8).toString('hex')
export const keyPrefix = randomBytes(4)
