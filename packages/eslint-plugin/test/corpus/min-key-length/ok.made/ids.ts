import { randomBytes, randomUUID } from 'node:crypto'

export const id = randomBytes(4).toString('hex')
export const requestId = randomUUID()
