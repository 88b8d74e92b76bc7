import { randomUUID } from 'node:crypto'

export const sessionId = randomUUID()
