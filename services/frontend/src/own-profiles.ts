import { X509Certificate } from 'node:crypto'
import type pg from 'pg'
import { AnswerError } from './answer-error.ts'
import { askSigning } from './ask-signing.ts'
import type { Person } from './oidc-login.ts'
import type { ProfileParts } from './profiles.ts'

/** A profile of a person that works: neither revoked nor expired. */
export interface OwnProfile {
  readonly serial: string
  readonly createdAt: Date
  readonly notAfter: Date
}

/** On one page of the portal. */
const MOST_SHOWN = 50

const NEWEST = `
  select serial, certificate, created_at as "createdAt" from profile
  where issuer = $1 and subject = $2 and revoked_at is null
  order by id desc limit ${MOST_SHOWN}`

/** The newest profiles of a person that work, at most 50. */
export async function findProfiles(
  pool: Pick<pg.Pool, 'query'>,
  { issuer, subject }: Person,
): Promise<OwnProfile[]> {
  const { rows } = await pool.query<{ serial: string; certificate: string; createdAt: Date }>(
    NEWEST,
    [issuer, subject],
  )
  const profiles = rows.map(({ certificate, ...row }) => {
    return { ...row, notAfter: new Date(new X509Certificate(certificate).validTo) }
  })
  return profiles.filter(({ notAfter }) => notAfter.getTime() > Date.now())
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
