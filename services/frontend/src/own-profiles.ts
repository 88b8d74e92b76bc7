import type pg from 'pg'
import { AnswerError } from './answer-error.ts'
import { askSigning } from './ask-signing.ts'
import type { Person } from './oidc-login.ts'
import { notAfterOf, type ProfileParts } from './profiles.ts'

/** A profile of a person that works: neither revoked nor expired. */
export interface OwnProfile {
  readonly serial: string
  /** As the person named it; empty for a profile from before that was asked. */
  readonly device: string
  readonly createdAt: Date
  readonly notAfter: Date
  /** Null if no use of it was recorded. */
  readonly lastUsedAt: Date | null
}

/** On one page of the portal. */
const MOST_SHOWN = 50

const OWN = `
  select serial, device, certificate, created_at as "createdAt", last_used_at as "lastUsedAt" from profile
  where issuer = $1 and subject = $2 and revoked_at is null`

interface Row extends Omit<OwnProfile, 'notAfter'> {
  readonly certificate: string
}

/** The newest profiles of a person that work, at most 50. */
export async function findProfiles(
  pool: Pick<pg.Pool, 'query'>,
  { issuer, subject }: Person,
): Promise<OwnProfile[]> {
  const newest = `${OWN} order by id desc limit ${MOST_SHOWN}`
  const { rows } = await pool.query<Row>(newest, [issuer, subject])
  return rows.map(withEnd).filter(({ notAfter }) => notAfter.getTime() > Date.now())
}

/** The profile of a person with a serial, unless it was revoked. */
export async function findProfile(
  pool: Pick<pg.Pool, 'query'>,
  { issuer, subject }: Person,
  serial: string,
): Promise<OwnProfile | undefined> {
  const { rows } = await pool.query<Row>(`${OWN} and serial = $3`, [issuer, subject, serial])
  return rows.map(withEnd)[0]
}

/** Whether a person has just revoked a profile with a serial. */
export async function wasRevokedLately(
  pool: Pick<pg.Pool, 'query'>,
  { issuer, subject }: Person,
  serial: string,
): Promise<boolean> {
  const { rowCount } = await pool.query(
    `select from profile where issuer = $1 and subject = $2 and serial = $3
     and revoked_at > now() - interval '10 minutes'`,
    [issuer, subject, serial],
  )
  return rowCount === 1
}

function withEnd({ certificate, ...row }: Row): OwnProfile {
  return { ...row, notAfter: notAfterOf(certificate) }
}

/**
 * Revokes a profile of a person: it is on the published lists when this returns. Calling it again is safe, also after it was killed
 * between the answer of signing and the database.
 *
 * @returns false if the person has no profile of that serial
 * @throws {AnswerError} 502 for any answer of signing but 200
 */
export async function revokeProfile(
  { issuer, subject }: Person,
  serial: string,
  { pool, ...signing }: ProfileParts,
): Promise<boolean> {
  const { rows } = await pool.query<{ certificate: string; isRevoked: boolean }>(
    `select certificate, revoked_at is not null as "isRevoked" from profile
     where issuer = $1 and subject = $2 and serial = $3`,
    [issuer, subject, serial],
  )
  const [profile] = rows
  if (profile === undefined) return false
  if (profile.isRevoked) return true
  const order = { certificate: profile.certificate, issuer, subject, reason: 'superseded' }
  const { status } = await askSigning('/revocations', order, signing)
  if (status !== 200) throw new AnswerError(502, `signing answered a revocation with ${status}`)
  await pool.query('update profile set revoked_at = now() where serial = $1', [serial])
  return true
}
