import { randomBytes } from 'node:crypto'

export const sessionSecret = process.env.SESSION_SECRET ?? randomBytes(32).toString('hex')
