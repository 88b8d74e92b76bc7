import { generateKeyPairSync } from 'node:crypto'

export function newKey() {
  return generateKeyPairSync('rsa', { modulusLength: 1024 })
}
