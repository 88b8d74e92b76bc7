import { X509Certificate } from 'node:crypto'
import type pg from 'pg'
import { AnswerError } from './answer-error.ts'
import { askSigning, type SigningPlace } from './ask-signing.ts'
import type { LogMemory } from './log-memory.ts'
import type { Person } from './oidc-login.ts'
import type { ProfileAnswer, VpnServer } from './profile-answer.ts'
import type { ProfileOrder } from './profile-order.ts'

/** The answer of signing. */
interface Issued {
  readonly certificate: string
  readonly serial: string
  readonly fingerprint: string
  readonly chain: string
  /** The proof that the log has it. */
  readonly log: unknown
}

/** The parts of issuing. */
export interface ProfileParts extends SigningPlace {
  readonly pool: Pick<pg.Pool, 'query'>
}

interface IssueParts extends ProfileParts {
  readonly log: Pick<LogMemory, 'verify'>
  readonly server: VpnServer
}

/**
 * Has the certificate of a key signed that its owner alone holds, and stores the profile. A certificate that is not shown to be in the
 * log is neither stored nor handed out.
 *
 * @throws {AnswerError} 422 if no certificate can name the person, 502 for any other answer of signing but 201, and without that proof
 */
export async function issueProfile(
  person: Person,
  { csr, device }: ProfileOrder,
  { pool, log, server, ...signing }: IssueParts,
): Promise<ProfileAnswer> {
  const { status, text } = await askSigning('/certificates', { csr, ...person }, signing)
  if (status !== 201) throw refusalOf(status)
  const issued = JSON.parse(text) as Issued
  await log.verify(issued.certificate, issued.log)
  const { serial, fingerprint, certificate, chain } = issued
  const { rows } = await pool.query<{ createdAt: Date }>(
    `insert into profile (issuer, subject, serial, fingerprint, certificate, device)
     values ($1, $2, $3, $4, $5, $6) returning created_at as "createdAt"`,
    [person.issuer, person.subject, serial, fingerprint, certificate, device],
  )
  return {
    ...{ serial, fingerprint, device, certificate, chain, server },
    createdAt: (rows[0]?.createdAt ?? new Date()).toISOString(),
    notAfter: notAfterOf(certificate).toISOString(),
  }
}

/** The end of the validity of a certificate. */
export function notAfterOf(certificate: string): Date {
  return new Date(new X509Certificate(certificate).validTo)
}

/** The request was verified before, so signing answers 400 and 422 for a person whom no certificate can name. */
function refusalOf(status: number): AnswerError {
  if (status !== 400 && status !== 422) return new AnswerError(502, `signing answered ${status}`)
  const message =
    'no certificate can name you: correct your e-mail address at the identity provider'
  return new AnswerError(422, message)
}
