import { randomBytes } from 'node:crypto'

export const createApiKey = () => randomBytes(20).toString('hex')
