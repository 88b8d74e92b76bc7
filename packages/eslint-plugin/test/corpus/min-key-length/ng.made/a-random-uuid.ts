import { randomUUID } from 'node:crypto'

export const apiKey = randomUUID()
