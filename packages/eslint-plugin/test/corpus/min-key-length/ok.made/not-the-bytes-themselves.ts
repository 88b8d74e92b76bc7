import { randomBytes } from 'node:crypto'

const { length } = randomBytes(4)
export const cacheKey = `user-${length}`
