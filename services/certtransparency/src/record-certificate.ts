import type { X509Certificate } from 'node:crypto'
import { SecretError } from '@rekey/secret'
import {
  encodeCertificateEntry,
  encodeProof,
  type LogEvidence,
  type TreeHead,
  type NewLogEntry,
  type PostgresLog,
} from '@rekey/audit-log/transparency'

/** A certificate on record, and the proof of it. */
export interface Recorded extends LogEvidence {
  /** SHA-256 of the DER, in lower-case hexadecimal digits. */
  readonly fingerprint: string
}

/** The parts of recording. */
export interface RecordParts {
  readonly log: PostgresLog
  /** Signs the checkpoint of a tree that is stored. */
  readonly sign: (head: TreeHead) => string
}

/**
 * Appends a certificate to the log. Idempotent, so that a caller whose answer was lost may ask again.
 *
 * @returns undefined if another certificate of that issuer and serial is on record
 * @throws {SecretError} errors of the log
 */
export async function recordCertificate(
  parts: RecordParts,
  certificate: X509Certificate,
): Promise<Recorded | undefined> {
  const evidence = await recordEntry(parts, encodeCertificateEntry(certificate))
  const fingerprint = certificate.fingerprint256.replaceAll(':', '').toLowerCase()
  return evidence && { ...evidence, fingerprint }
}

/** Appends an entry. @returns undefined if another entry has its key */
export async function recordEntry(
  { log, sign }: RecordParts,
  added: NewLogEntry,
): Promise<LogEvidence | undefined> {
  try {
    const { index, head } = await log.append(added)
    const proof = await log.inclusionProof({ index, size: head.size })
    return { index, proof: encodeProof(proof), checkpoint: sign(head) }
  } catch (error) {
    if (error instanceof SecretError && error.details['reason'] === 'key-in-use') return undefined
    throw error
  }
}
