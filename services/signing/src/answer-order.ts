import type { CaKeystore, CertificateOrder, IssuedCertificate } from '@rekey/ca-keystore'
import { SecretError } from '@rekey/secret'
import type { FastifyReply } from 'fastify'
import type { LogEvidence } from './record-certificate.ts'

/** The parts of issuing. */
export interface IssueParts {
  readonly ca: CaKeystore
  /** Puts a certificate on record and proves it; rejects if that fails. */
  readonly record: (certificate: string) => Promise<LogEvidence>
}

const STATUS: Readonly<Record<string, number>> = { unreachable: 503, disposed: 503 }

/** The status of an answer with an error: 503 where the same request may pass later, else 422. */
export function statusOf({ code }: SecretError): number {
  return STATUS[code] ?? 422
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
    reply.log.warn({ code, reason: details['reason'] }, 'certificate refused')
    return reply.code(statusOf(issued)).send({ error: issued.message })
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
    return await ca.issueCertificate(order())
  } catch (error) {
    if (error instanceof SecretError) return error
    throw error
  }
}
