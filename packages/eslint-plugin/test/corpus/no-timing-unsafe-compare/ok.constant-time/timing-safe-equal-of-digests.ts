import { createHash, timingSafeEqual } from 'node:crypto'
import { secret } from '../../secret.ts'

const digest = (text: string) => createHash('sha256').update(text).digest()

export const check = (given: string) => timingSafeEqual(digest(given), digest(secret.expose()))
