import { randomUUID } from 'node:crypto'

export const idempotencyToken = randomUUID()
export const cancelToken = randomUUID()
export const cacheKey = randomUUID()
