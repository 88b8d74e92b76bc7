import { pbkdf2Sync } from 'node:crypto'

export function verifierOf(password: string, salt: Buffer) {
  const passwordHash = pbkdf2Sync(password, salt, 600_000, 20, 'sha1')
  return passwordHash.toString('hex')
}
