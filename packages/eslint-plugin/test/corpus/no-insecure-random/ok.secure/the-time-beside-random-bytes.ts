import { randomBytes } from 'node:crypto'

export const token = `${Date.now().toString(36)}.${randomBytes(32).toString('base64url')}`
