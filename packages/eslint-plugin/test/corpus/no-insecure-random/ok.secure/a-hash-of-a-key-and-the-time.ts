import { createHash } from 'node:crypto'
import { secret } from '../../secret.ts'

export const token = createHash('sha256').update(`${secret.expose()}${Date.now()}`).digest('hex')
