import { openConnection, parseConnectionUrl } from '@rekey/db-pool-rotator/connection'
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
  const profiles = await fingerprints(url, 'frontend', 'profile')
  const entries = await fingerprints(url, 'certtransparency', 'entry')
  return {
    profilesStored: profiles.size,
    certificatesRecorded: entries.size,
    certificatesMissing: [...profiles].filter((fingerprint) => !entries.has(fingerprint)).length,
  }
}

async function fingerprints(
  url: string,
  database: string,
  table: 'profile' | 'entry',
): Promise<Set<string>> {
  await using client = await openConnection({ ...parseConnectionUrl(url), database })
  const { rows } = await client.query<{ fingerprint: string }>(`select fingerprint from ${table}`)
  return new Set(rows.map(({ fingerprint }) => fingerprint))
}
