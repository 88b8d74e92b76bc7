import { X509Certificate } from 'node:crypto'
import { publicKeyDigest } from '../key-digest.ts'
import { readProtectedFile } from '../protected-files.ts'
import { listSegments, MAX_SEGMENT_BYTES } from './read-segment.ts'

/**
 * Finds the keys of certificates in the record of a keystore, the newest segment first. A segment is searched as text, which costs
 * milliseconds for each 10,000 certificates.
 *
 * @returns SHA-256 of the `SubjectPublicKeyInfo` of each certificate that is on record, hexadecimal
 * @throws {SecretError} `forbidden`, `refused`, `unreachable` for files
 */
export async function findIssuedKeys(
  directory: string,
  serials: readonly string[],
): Promise<string[]> {
  const left = new Set(serials)
  const found: string[] = []
  for (const path of (await listSegments(directory, 'issued')).toReversed()) {
    if (left.size === 0) break
    const text = await readProtectedFile(path, 'key', MAX_SEGMENT_BYTES)
    for (const serial of left) {
      const certificate = certificateIn(text, serial)
      if (certificate === undefined) continue
      left.delete(serial)
      found.push(publicKeyDigest(new X509Certificate(certificate).publicKey))
    }
  }
  return found
}

/** Lines are written by `JSON.stringify`, so each begins in one way alone. */
function certificateIn(text: string, serial: string): string | undefined {
  const start = text.indexOf(`{"signed":"${serial}"`)
  const end = text.indexOf('\n', start)
  if (start < 0 || end < 0) return undefined
  const { certificate } = JSON.parse(text.slice(start, end)) as { certificate: string }
  return certificate
}
