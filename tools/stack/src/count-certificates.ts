import { openConnection, parseConnectionUrl } from '@rekey/db-pool-rotator'
import type { Stack } from './open-stack.ts'

/** Both sides of the issuing of certificates. */
export interface CertificateCounts {
  /** Profiles in frontend's database. */
  readonly profilesStored: number
  /** Entries in certtransparency's database. */
  readonly certificatesRecorded: number
  /** Profiles whose certificate is not on record. */
  readonly certificatesMissing: number
}

/** Counts what frontend stored and what certtransparency recorded, past the services, as the superuser. */
export async function countCertificates({ postgres }: Stack): Promise<CertificateCounts> {
  const url = postgres.adminUrl.expose()
  const profiles = await readFingerprints(url, 'frontend', 'select fingerprint from profile')
  const entries = await readRecorded({ postgres })
  return {
    profilesStored: profiles.size,
    certificatesRecorded: entries.size,
    certificatesMissing: [...profiles].filter((fingerprint) => !entries.has(fingerprint)).length,
  }
}

/** Reads the fingerprints of the certificates on record, in lower-case hexadecimal digits. */
export function readRecorded({ postgres }: Pick<Stack, 'postgres'>): Promise<Set<string>> {
  return readFingerprints(postgres.adminUrl.expose(), 'certtransparency', RECORDED)
}

/** The DER of a certificate follows the first line of its entry. Other entries are of other types. */
const RECORDED = `
  select encode(sha256(substring(entry from position('\\x0a'::bytea in entry) + 1)), 'hex') as fingerprint
  from log_entry
  where substring(entry for 25) = convert_to(E'rekey-log/v1 certificate\\n', 'UTF8')`

async function readFingerprints(
  url: string,
  database: string,
  query: string,
): Promise<Set<string>> {
  await using client = await openConnection({ ...parseConnectionUrl(url), database })
  const { rows } = await client.query<{ fingerprint: string }>(query)
  return new Set(rows.map(({ fingerprint }) => fingerprint))
}
