import { X509Certificate } from 'node:crypto'
import type pg from 'pg'

/** One line of the record. */
export interface Entry {
  readonly index: string
  readonly fingerprint: string
}

/** Append, or find what was appended before: the same certificate twice is one entry. */
const APPEND = `
  with appended as (
    insert into entry (fingerprint, serial, certificate) values ($1, $2, $3)
    on conflict (fingerprint) do nothing
    returning index
  )
  select index from appended
  union all
  select index from entry where fingerprint = $1
  limit 1`

/**
 * Appends a certificate (PEM) to the record. Idempotent, so that a caller whose answer was lost may ask again.
 *
 * @throws {Error} if `pem` is no certificate
 */
export async function recordCertificate(pool: Pick<pg.Pool, 'query'>, pem: string): Promise<Entry> {
  const certificate = new X509Certificate(pem)
  const fingerprint = certificate.fingerprint256.replaceAll(':', '').toLowerCase()
  const values = [fingerprint, certificate.serialNumber, certificate.toString()]
  const { rows } = await pool.query<{ index: string }>(APPEND, values)
  return { index: rows[0]?.index ?? (await findIndex(pool, fingerprint)), fingerprint }
}

/** A twin inserted between our insert and our look is seen by a new statement only. */
async function findIndex(pool: Pick<pg.Pool, 'query'>, fingerprint: string): Promise<string> {
  const { rows } = await pool.query<{ index: string }>(
    'select index from entry where fingerprint = $1',
    [fingerprint],
  )
  if (rows[0] === undefined) throw new Error('an entry vanished from an append-only record')
  return rows[0].index
}
