import { createHash, X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { SecretError } from '@rekey/secret'
import { replaceFile, takeProcessLock } from '@rekey/secret/internal/files'
import type { IssuedCertificate } from './certificate.ts'
import { serialOf } from './crl/published-lists.ts'
import { readIfPresent } from './protected-files.ts'
import { explained } from './file-errors.ts'

const NAME_CHARS = 40
const MAX_BYTES = 64 * 1024

/**
 * Issues the certificate of a CA of a subject, and keeps it in the keystore of the CA that issues it, in a file named after the subject, before
 * it is handed out. One process at a time does so, so that two CAs of one subject cannot be issued. An order that was killed can be
 * repeated: the same subject and key have the certificate that was issued before.
 *
 * @param spki `SubjectPublicKeyInfo` as DER
 * @throws {SecretError} `conflict` if another key has that subject, or another process issues one now; `malformed` for a damaged file of that
 *   subject; `refused`, `forbidden` or `unreachable` for I/O
 */
export async function issueOnce(
  directory: string,
  { subject, spki }: { readonly subject: Buffer; readonly spki: Buffer },
  issue: () => Promise<IssuedCertificate>,
): Promise<IssuedCertificate> {
  const path = pathOf(directory, subject)
  const lock = join(directory, 'authorities.lock')
  const release = await takeProcessLock(lock).catch((error: unknown) => {
    throw explained(lock, error)
  })
  try {
    const before = await findAuthority(path, spki)
    if (before !== undefined) return before
    const issued = await issue()
    await replaceFile(path, issued.certificate, 0o644)
    return issued
  } finally {
    await release()
  }
}

async function findAuthority(path: string, spki: Buffer): Promise<IssuedCertificate | undefined> {
  const certificate = await readIfPresent(path, 'certificate', MAX_BYTES)
  if (certificate === undefined) return undefined
  const x509 = parse(certificate, path)
  if (!x509.publicKey.export({ format: 'der', type: 'spki' }).equals(spki)) throw issuedBefore(path)
  return {
    certificate,
    serial: serialOf(x509),
    notBefore: new Date(x509.validFrom),
    notAfter: new Date(x509.validTo),
    fingerprint: createHash('sha256').update(x509.raw).digest('hex'),
  }
}

function parse(certificate: string, path: string): X509Certificate {
  try {
    return new X509Certificate(certificate)
  } catch {
    const message = `${path} is not the certificate of a CA that was issued; restore it from a backup`
    throw new SecretError('malformed', message, { path, reason: 'issued' })
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
