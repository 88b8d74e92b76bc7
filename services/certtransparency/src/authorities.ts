import { readRegularFile } from '@rekey/secret'
import { X509Certificate } from 'node:crypto'
import { StartupError, type Problem } from '@rekey/config-loader'

/** The CAs whose certificates are recorded. */
export type Authorities = readonly X509Certificate[]

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

const FAILURES: ReadonlyMap<string, readonly [Problem['code'], string]> = new Map([
  ['ENOENT', ['missing', 'the file does not exist: copy ca.crt of signing there']],
  ['EACCES', ['forbidden', 'the file may not be read by this user: change its owner or mode']],
])

/**
 * Reads the certificates of the CAs, which during a rotation of the CA are two.
 *
 * @param path PEM; the setting `CA_CERTIFICATES_FILE`
 * @throws {StartupError} if it cannot be read, holds none, or holds one that is not that of a CA
 */
export async function loadAuthorities(path: string): Promise<Authorities> {
  const text = await readRegularFile(path).catch((error: unknown) => {
    const errno = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw refusal(...(FAILURES.get(errno) ?? ['unreachable', `reading it failed with ${errno}`]))
  })
  const authorities = (text.match(BLOCK) ?? []).map(parseAuthority)
  if (authorities.length === 0)
    throw refusal('malformed', 'it has no certificate: copy ca.crt there')
  return authorities
}

/** Tests whether one of the CAs signed a certificate. */
export type IsIssued = (certificate: X509Certificate) => Promise<boolean>

/** A caller with certificates of other CAs must not have the file read for each. */
const READ_EVERY_MS = 1_000

/**
 * Follows the file of the CAs: it is read again for a certificate of a CA that was not in it, so that the next generation of a CA needs no
 * restart here. A file that cannot be read changes nothing.
 *
 * @param path as {@link loadAuthorities} has read it
 */
export function followAuthorities(path: string, loaded: Authorities): IsIssued {
  let authorities = loaded
  let readAt = -Infinity
  const isKnown = (certificate: X509Certificate) =>
    authorities.some((ca) => certificate.checkIssued(ca) && certificate.verify(ca.publicKey))
  return async (certificate) => {
    if (isKnown(certificate)) return true
    if (performance.now() - readAt < READ_EVERY_MS) return false
    readAt = performance.now()
    authorities = await loadAuthorities(path).catch(() => authorities)
    return isKnown(certificate)
  }
}

function parseAuthority(pem: string): X509Certificate {
  try {
    const certificate = new X509Certificate(pem)
    if (certificate.ca) return certificate
  } catch {
    // The parser's message may quote the file; which block it is does not matter for what to do.
  }
  throw refusal(
    'malformed',
    'a certificate in it is not that of a CA: copy ca.crt of signing there',
  )
}

function refusal(code: Problem['code'], remedy: string): StartupError {
  const [key, rule] = ['CA_CERTIFICATES_FILE', 'PEM of the CAs whose certificates are recorded']
  return new StartupError('certtransparency', [{ key, code, rule, source: 'env', remedy }])
}
