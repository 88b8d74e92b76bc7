import { hkdfSync } from 'node:crypto'

export function macKey(master: Buffer) {
  const hmacKey = hkdfSync('sha256', master, '', 'mac', 16)
  return Buffer.from(hmacKey)
}
