import { randomBytes } from 'node:crypto'

export const token = randomBytes(32).toString('base64url')
