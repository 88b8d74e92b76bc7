import { createHash } from 'node:crypto'
import { secret } from '../../secret.ts'

const hash = (text: string) => createHash('sha256').update(text).digest('hex')

export const check = (given: string) => hash(given) === hash(secret.expose())
