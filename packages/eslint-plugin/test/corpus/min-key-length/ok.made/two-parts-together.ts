import { randomBytes } from 'node:crypto'

export const apiKey = randomBytes(48).toString('base64').slice(0, 43) + randomBytes(16)
