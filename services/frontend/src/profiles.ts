import { X509Certificate } from 'node:crypto'
import type pg from 'pg'
import { AnswerError } from './answer-error.ts'
import { askSigning, type SigningPlace } from './ask-signing.ts'
import type { LogMemory } from './log-memory.ts'
import type { Person } from './oidc-login.ts'
import type { ProfileAnswer, VpnServer } from './profile-answer.ts'
import { claimKey, type IssuedForKey, keyDigestOf, releaseKey } from './profile-keys.ts'
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

/** A profile, and whether this order has created it. */
export interface OrderedProfile {
  readonly profile: ProfileAnswer
  readonly isNew: boolean
}

/**
 * Has the certificate of a key signed that its owner alone holds, and stores the profile. A certificate that is not shown to be in the
 * log is neither stored nor handed out. An order for the same key again gets the same profile.
 *
 * @param admit called before a certificate is signed; what it throws refuses the order
 * @throws {AnswerError} as `claimKey`; 422 if no certificate can name the person, 502 for any other answer of signing but 201, and without that proof
 */
export async function issueProfile(
  person: Person,
  order: ProfileOrder,
  parts: IssueParts,
  admit: () => Promise<void> = () => Promise.resolve(),
): Promise<OrderedProfile> {
  const { pool, server } = parts
  const digest = keyDigestOf(order.csr)
  const known = await claimKey(pool, person, digest)
  if (known !== undefined) return { profile: answerOf(known, server), isNew: false }
  try {
    await admit()
    const issued = await sign(person, order, parts)
    const createdAt = await store(pool, person, { ...issued, digest })
    return { profile: answerOf({ ...issued, createdAt }, server), isNew: true }
  } catch (error) {
    await releaseKey(pool, digest).catch(() => undefined)
    throw error
  }
}

async function sign(
  person: Person,
  { csr, device }: ProfileOrder,
  parts: IssueParts,
): Promise<Omit<IssuedForKey, 'createdAt'>> {
  const { status, text } = await askSigning('/certificates', { csr, ...person }, parts)
  if (status !== 201) throw refusalOf(status)
  const issued = JSON.parse(text) as Issued
  await parts.log.verify(issued.certificate, issued.log)
  const { serial, fingerprint, certificate, chain } = issued
  return { serial, fingerprint, certificate, chain, device }
}

/** The profile and its key in one statement, so that none is without the other. */
const STORE = `
  with made as (
    insert into profile (issuer, subject, serial, fingerprint, certificate, device)
    values ($1, $2, $3, $4, $5, $6) returning created_at
  ), linked as (update profile_key set serial = $3, chain = $7 where key_digest = $8)
  select created_at as "createdAt" from made`

async function store(
  pool: ProfileParts['pool'],
  { issuer, subject }: Person,
  issued: Omit<IssuedForKey, 'createdAt'> & { readonly digest: Buffer },
): Promise<Date> {
  const { serial, fingerprint, certificate, device, chain, digest } = issued
  const values = [issuer, subject, serial, fingerprint, certificate, device, chain, digest]
  const { rows } = await pool.query<{ createdAt: Date }>(STORE, values)
  return rows[0]?.createdAt ?? new Date()
}

function answerOf(issued: IssuedForKey, server: VpnServer): ProfileAnswer {
  const { serial, fingerprint, device, certificate, chain, createdAt } = issued
  return {
    serial,
    fingerprint,
    device,
    certificate,
    chain,
    server,
    createdAt: createdAt.toISOString(),
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
