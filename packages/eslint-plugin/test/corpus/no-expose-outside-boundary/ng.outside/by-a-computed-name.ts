// @reports outsideBoundary
import { createHash } from 'node:crypto'
import { secret } from '../../secret.ts'
export const hash = () => createHash('sha256').update(secret['expose']()).digest('hex')
