import { createHash, X509Certificate } from 'node:crypto'
import { parseSigningRequest } from '@rekey/ca-keystore'
import type pg from 'pg'
import { AnswerError } from './answer-error.ts'
import type { Person } from './oidc-login.ts'

type Pool = Pick<pg.Pool, 'query'>

/** Longer than signing and the log take for one certificate, in seconds: a claim that is older is of a process that has ended. */
const CLAIM_SECONDS = 180

/** A profile that was issued for a key. */
export interface IssuedForKey {
  readonly serial: string
  readonly fingerprint: string
  readonly device: string
  /** PEM. */
  readonly certificate: string
  /** PEM of the CAs. */
  readonly chain: string
  readonly createdAt: Date
}

interface KeyRow extends Omit<IssuedForKey, 'serial'> {
  readonly isOwn: boolean
  /** Null while the certificate is signed. */
  readonly serial: string | null
  readonly isRevoked: boolean
}

/** The record of the key in a request: SHA-256 of its SubjectPublicKeyInfo. */
export function keyDigestOf(csr: string): Buffer {
  const { publicKey } = parseSigningRequest(csr).key
  return digestOf(publicKey.export({ type: 'spki', format: 'der' }))
}

function digestOf(spki: Buffer): Buffer {
  return createHash('sha256').update(spki).digest()
}

const CLAIM = `
  insert into profile_key as k (key_digest, issuer, subject) values ($1, $2, $3)
  on conflict (key_digest) do update set claimed_at = now()
  where k.issuer = $2 and k.subject = $3 and k.serial is null
  and k.claimed_at < now() - $4 * interval '1 second'`

const UNDER_WAY = 'the profile for this key is being created: try again in a minute'

const READ = `
  select k.issuer = $2 and k.subject = $3 as "isOwn", k.serial, k.chain, p.fingerprint, p.device,
  p.certificate, p.created_at as "createdAt", p.revoked_at is not null as "isRevoked"
  from profile_key k left join profile p on p.serial = k.serial where k.key_digest = $1`

/**
 * Claims a key for one certificate, of all replicas: an order that comes again, as after an answer that was lost, is answered with the profile that the
 * first one had.
 *
 * @returns the profile of this person for the key; undefined if the caller is to issue it
 * @throws {AnswerError} 422 for a key of a profile that was revoked or has expired, or of another person; 409 while it is being issued
 */
export async function claimKey(
  pool: Pool,
  { issuer, subject }: Person,
  digest: Buffer,
): Promise<IssuedForKey | undefined> {
  const { rowCount } = await pool.query(CLAIM, [digest, issuer, subject, CLAIM_SECONDS])
  if (rowCount === 1) return undefined
  const { rows } = await pool.query<KeyRow>(READ, [digest, issuer, subject])
  const [row] = rows
  if (row?.isOwn === true) {
    const { serial } = row
    if (serial === null) throw new AnswerError(409, UNDER_WAY)
    if (!row.isRevoked && !hasEnded(row.certificate)) return { ...row, serial }
  }
  const message = 'this key was in a profile that is revoked, has expired or is not yours'
  throw new AnswerError(422, `${message}: make a new key`)
}

function hasEnded(certificate: string): boolean {
  return new Date(new X509Certificate(certificate).validTo).getTime() <= Date.now()
}

/** Gives a key back whose certificate was not issued, so that its order may come again at once. */
export async function releaseKey(pool: Pool, digest: Buffer): Promise<void> {
  const release = `update profile_key set claimed_at = '-infinity' where key_digest = $1 and serial is null`
  await pool.query(release, [digest])
}

const UNLINKED = `
  select p.id::text, p.issuer, p.subject, p.serial, p.certificate from profile p
  where p.id > $1::bigint and not exists (select from profile_key k where k.serial = p.serial)
  order by p.id limit 500`

const LINK = `
  insert into profile_key (key_digest, issuer, subject, serial, chain)
  values ($1, $2, $3, $4, '') on conflict (key_digest) do nothing`

interface UnlinkedRow extends Pick<Person, 'issuer' | 'subject'> {
  readonly id: string
  readonly serial: string
  readonly certificate: string
}

/** Records the keys of profiles from before keys were recorded, so that none of them is certified again. */
export async function linkKeys(pool: Pool): Promise<void> {
  for (let after = '0'; ;) {
    const { rows } = await pool.query<UnlinkedRow>(UNLINKED, [after])
    for (const { issuer, subject, serial, certificate } of rows) {
      const spki = new X509Certificate(certificate).publicKey.export({
        type: 'spki',
        format: 'der',
      })
      await pool.query(LINK, [digestOf(spki), issuer, subject, serial])
    }
    const last = rows.at(-1)
    if (last === undefined) return
    after = last.id
  }
}
