import { createHash } from 'node:crypto'

export const id = createHash('sha256').update('static text').digest('hex')
