import { createHash, type X509Certificate } from 'node:crypto'
import { encodeEntry } from './log-entry.ts'

/** A certificate as a log records it. */
export interface CertificateEntry {
  /** SHA-256 over issuer and serial, of which a log has one certificate (RFC 5280, section 4.1.2.2). */
  readonly key: Uint8Array
  /** `rekey-log/v1 certificate`, a newline, and the DER. */
  readonly entry: Uint8Array
}

/** Encodes a certificate as the entry of a log. */
export function encodeCertificateEntry(certificate: X509Certificate): CertificateEntry {
  const { issuer, serialNumber, raw } = certificate
  const names = JSON.stringify([issuer, serialNumber])
  return {
    key: Uint8Array.from(createHash('sha256').update(names).digest()),
    entry: encodeEntry({ type: 'certificate', content: raw }),
  }
}
