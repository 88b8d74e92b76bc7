import { scryptSync } from 'node:crypto'

export function open(passphrase: string, salt: Buffer) {
  const key = scryptSync(passphrase, salt, 32)
  return key
}
