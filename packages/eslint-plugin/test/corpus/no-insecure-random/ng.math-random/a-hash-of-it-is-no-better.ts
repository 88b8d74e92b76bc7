import { createHash } from 'node:crypto'

export const newSecret = () => createHash('sha256').update(String(Math.random())).digest('hex')
