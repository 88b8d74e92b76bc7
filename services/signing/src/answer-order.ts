import type { CaKeystore, CertificateOrder, IssuedCertificate } from '@rekey/ca-keystore'
import { SecretError } from '@rekey/secret'
import type { FastifyReply } from 'fastify'

/** The parts of issuing. */
export interface IssueParts {
  readonly ca: CaKeystore
  /** Puts a certificate on record; rejects if that fails. */
  readonly record: (certificate: string) => Promise<void>
}

const STATUS: Readonly<Record<string, number>> = { unreachable: 503, disposed: 503 }

/** The status of an answer with an error: 503 where the same request may pass later, else 422. */
export function statusOf({ code }: SecretError): number {
  return STATUS[code] ?? 422
}

/**
 * Issues what `order` gives, puts it on record, and only then answers with it: 201, or the status and the words of the
 * refusal. Anything else that fails is a 500.
 */
export async function answerOrder(
  reply: FastifyReply,
  { ca, record }: IssueParts,
  order: () => CertificateOrder,
): Promise<FastifyReply> {
  const issued = await issue(ca, order)
  if (issued instanceof SecretError) {
    return reply.code(statusOf(issued)).send({ error: issued.message })
  }
  await record(issued.certificate)
  const { certificate, serial, fingerprint, notAfter } = issued
  return reply.code(201).send({ certificate, serial, fingerprint, notAfter, chain: ca.chain })
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
