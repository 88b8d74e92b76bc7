import { createHash, X509Certificate } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { SecretError } from '@rekey/secret'
import { errnoOf, syncDirectory, writeNewFile } from '@rekey/secret/files'
import type { IssuedCertificate } from './certificate.ts'
import { serialOf } from './crl/published-lists.ts'
import { readIfPresent } from './crl/revocation-register.ts'
import { explained } from './file-errors.ts'

const NAME_CHARS = 40
const MAX_BYTES = 64 * 1024

/**
 * Keeps the certificate of a CA in the keystore of the one that issued it, in a file named after its subject. Since a file is
 * created once, two CAs of one subject cannot be issued, by two processes at the same moment neither.
 *
 * @throws {SecretError} `conflict` if a CA of that subject was issued; `forbidden` or `unreachable` for I/O
 */
export async function recordAuthority(
  directory: string,
  subject: Buffer,
  certificate: string,
): Promise<void> {
  const path = pathOf(directory, subject)
  try {
    await writeNewFile(path, certificate, 0o644)
    await syncDirectory(directory)
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') throw issuedBefore(path)
    await rm(path, { force: true })
    throw explained(path, error)
  }
}

/**
 * Finds the certificate of a CA that was issued before to the same subject and key, so that an order which was killed can be repeated.
 *
 * @param spki `SubjectPublicKeyInfo` as DER
 * @returns `undefined` if none was issued
 * @throws {SecretError} `conflict` if another key has that subject; `refused` for an unsafe file; `unreachable` for I/O
 */
export async function findAuthority(
  directory: string,
  subject: Buffer,
  spki: Buffer,
): Promise<IssuedCertificate | undefined> {
  const path = pathOf(directory, subject)
  const certificate = await readIfPresent(path, 'certificate', MAX_BYTES)
  if (certificate === undefined) return undefined
  const x509 = new X509Certificate(certificate)
  if (!x509.publicKey.export({ format: 'der', type: 'spki' }).equals(spki)) throw issuedBefore(path)
  return {
    certificate,
    serial: serialOf(x509),
    notBefore: new Date(x509.validFrom),
    notAfter: new Date(x509.validTo),
    fingerprint: createHash('sha256').update(x509.raw).digest('hex'),
  }
}

function pathOf(directory: string, subject: Buffer): string {
  const digest = createHash('sha256').update(subject).digest('hex').slice(0, NAME_CHARS)
  return join(directory, `issued-${digest}.crt`)
}

function issuedBefore(path: string): SecretError {
  return new SecretError(
    'conflict',
    `another key has the certificate of a CA of that name, which is kept in ${path}; give the next generation, because verifiers ` +
      'cannot distinguish two CAs of one name',
    { reason: 'subject', path },
  )
}
