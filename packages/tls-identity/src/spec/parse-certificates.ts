import { X509Certificate } from 'node:crypto'
import { SecretError } from '@rekey/secret'
import { splitPem } from './pem-blocks.ts'

/**
 * The certificates in a PEM text, in its order: of an identity the leaf first. Checks nothing of their validity, so it reads
 * expired ones too; blocks of another kind are passed over.
 *
 * @throws {SecretError} `malformed`
 */
export function parseCertificates(text: string): X509Certificate[] {
  return splitPem(text)
    .filter(({ label }) => label === 'CERTIFICATE')
    .map(({ pem }) => readCertificate(pem))
}

/** SHA-256 of the DER, 64 lower-case hexadecimal digits. */
export function fingerprintOf({ fingerprint256 }: X509Certificate): string {
  return fingerprint256.replaceAll(':', '').toLowerCase()
}

/** Reads one certificate in PEM. @throws {SecretError} `malformed` */
export function readCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch {
    const message = 'a certificate in it cannot be read: store the chain again, whole'
    throw new SecretError('malformed', message, { reason: 'chain' })
  }
}
