import { randomBytes } from 'node:crypto'

export const secret = randomBytes(64).toString('base64url').substring(0, 32)
