import { createHmac, randomBytes } from 'node:crypto'

export const mac = createHmac('sha256', randomBytes(16)).update('x').digest()
