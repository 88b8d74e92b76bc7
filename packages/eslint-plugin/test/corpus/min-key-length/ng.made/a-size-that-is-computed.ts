import { randomBytes } from 'node:crypto'

const size = 8 * 2
export const signingKey = randomBytes(size)
