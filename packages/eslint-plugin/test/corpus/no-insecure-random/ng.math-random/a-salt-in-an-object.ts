import { pbkdf2Sync } from 'node:crypto'

export function hashPassword(password: string) {
  const salt = `${Math.random()}`
  return { salt, hash: pbkdf2Sync(password, salt, 600_000, 32, 'sha256').toString('hex') }
}
