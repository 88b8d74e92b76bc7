import { scryptSync } from 'node:crypto'

export function keysOf(passphrase: string, salt: Buffer) {
  const material = scryptSync(passphrase, salt, 64)
  return { encryptionKey: material.subarray(0, 32), macKey: material.subarray(32) }
}
