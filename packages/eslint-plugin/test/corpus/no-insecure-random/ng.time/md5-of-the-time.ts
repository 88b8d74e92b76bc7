import { createHash } from 'node:crypto'

export function createResetToken(email: string): string {
  return createHash('md5').update(`${email}${Date.now()}`).digest('hex')
}
