import { randomBytes } from 'node:crypto'

export const client = { id: 'frontend', clientSecret: randomBytes(24) }
