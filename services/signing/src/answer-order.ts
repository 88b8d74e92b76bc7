import {
  type CaKeystore,
  type CertificateOrder,
  horizonOf,
  type IssuedCertificate,
} from '@rekey/ca-keystore'
import { SecretError } from '@rekey/secret'
import type { LogEvidence } from '@rekey/audit-log/transparency'
import type { FastifyReply } from 'fastify'

/** The parts of issuing. */
export interface IssueParts {
  readonly ca: CaKeystore
  /** Puts a certificate on record and proves it; rejects if that fails. */
  readonly record: (certificate: string) => Promise<LogEvidence>
}

const UNAVAILABLE = ['unreachable', 'disposed', 'unwritable']
/** Reasons that lie with the CA and its settings: no caller can correct them. */
const OWN_REASONS: readonly unknown[] = ['horizon', 'validity', 'policy', 'clock', 'quota']

/** The status of an answer with an error: 503 where the same request may pass later, else 422. */
export function statusOf({ code, details }: SecretError): number {
  return UNAVAILABLE.includes(code) || OWN_REASONS.includes(details['reason']) ? 503 : 422
}

/**
 * Issues what `order` gives, puts it on record, and only then answers with it: 201, or the status and the words of the
 * refusal; 503 for a certificate that is not proved to be on record. Anything else that fails is a 500.
 */
export async function answerOrder(
  reply: FastifyReply,
  { ca, record }: IssueParts,
  order: () => CertificateOrder,
): Promise<FastifyReply> {
  const issued = await issue(ca, order)
  if (issued instanceof SecretError) {
    const { code, details } = issued
    const { reason } = details
    reply.log.warn({ code, reason }, 'certificate refused')
    return reply.code(statusOf(issued)).send({ error: issued.message, reason })
  }
  const { certificate, serial, fingerprint, notAfter } = issued
  const log = await recordOrRefuse(reply, serial, () => record(certificate))
  if (log === undefined) {
    return reply.code(503).send({ error: 'the certificate is not on record: ask again later' })
  }
  return reply.code(201).send({ certificate, serial, fingerprint, notAfter, chain: ca.chain, log })
}

async function recordOrRefuse(
  reply: FastifyReply,
  serial: string,
  record: () => Promise<LogEvidence>,
): Promise<LogEvidence | undefined> {
  try {
    return await record()
  } catch (error) {
    if (!(error instanceof SecretError)) throw error
    const { code, message, details } = error
    reply.log.error({ event: 'not-on-record', serial, code, details }, message)
    return undefined
  }
}

async function issue(
  ca: CaKeystore,
  order: () => CertificateOrder,
): Promise<IssuedCertificate | SecretError> {
  try {
    // An answer may be lost, and is asked for again: frontend and a rotation have one certificate for a key.
    return await ca.issueCertificate({ ...order(), isRepeatable: true })
  } catch (error) {
    if (error instanceof SecretError) return error
    throw error
  }
}

/** A readiness warning: fails thirty days before the CA can issue no certificate of the longest validity. */
export function checkHorizon(ca: CaKeystore, validityMs: number): Promise<void> {
  if (horizonOf(ca, { validityMs }).state === 'fresh') return Promise.resolve()
  return Promise.reject(new Error('the next CA is due: this one stops issuing full certificates'))
}
