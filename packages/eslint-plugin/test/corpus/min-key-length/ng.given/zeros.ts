import { createSecretKey } from 'node:crypto'

export const key = createSecretKey(Buffer.alloc(16))
