import type { X509Certificate } from 'node:crypto'
import type pg from 'pg'

/** One line of the record. */
export interface Entry {
  readonly index: string
  readonly fingerprint: string
}

const APPEND = `
  insert into entry (issuer, serial, fingerprint, certificate) values ($1, $2, $3, $4)
  on conflict do nothing
  returning index`

/**
 * Appends a certificate to the record. Idempotent, so that a caller whose answer was lost may ask again.
 *
 * @param issuer the CA that signed it
 * @returns undefined if another certificate of that issuer and serial is on record
 */
export async function recordCertificate(
  pool: Pick<pg.Pool, 'query'>,
  certificate: X509Certificate,
  issuer: X509Certificate,
): Promise<Entry | undefined> {
  const fingerprint = certificate.fingerprint256.replaceAll(':', '').toLowerCase()
  const key = [issuer.subject.replaceAll('\n', ', '), certificate.serialNumber]
  const values = [...key, fingerprint, certificate.toString()]
  const appended = await pool.query<{ index: string }>(APPEND, values)
  if (appended.rows[0] !== undefined) return { index: appended.rows[0].index, fingerprint }
  // A statement of its own sees what another caller appended a moment ago.
  const { rows } = await pool.query<Entry>(
    'select index, fingerprint from entry where issuer = $1 and serial = $2',
    key,
  )
  if (rows[0] === undefined) throw new Error('an entry vanished from an append-only record')
  return rows[0].fingerprint === fingerprint ? rows[0] : undefined
}
