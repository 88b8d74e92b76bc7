import { createHash, type KeyObject } from 'node:crypto'

/** SHA-256 of the `SubjectPublicKeyInfo` of a public key, 64 lower-case hexadecimal digits. */
export function publicKeyDigest(publicKey: KeyObject): string {
  const spki = publicKey.export({ format: 'der', type: 'spki' })
  return createHash('sha256').update(spki).digest('hex')
}
