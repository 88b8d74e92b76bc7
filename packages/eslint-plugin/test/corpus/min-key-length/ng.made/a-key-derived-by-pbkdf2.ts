import { pbkdf2Sync } from 'node:crypto'

export const encryptionKey = (passphrase: string, salt: Buffer) =>
  pbkdf2Sync(passphrase, salt, 600_000, 16, 'sha256')
