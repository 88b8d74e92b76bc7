import type { AuditEntry } from '@rekey/audit-log/internal'
import { SecretError } from '@rekey/secret'
import { readBiography, recordLife } from './biography.ts'
import type { Issuer } from './issuer.ts'

/** The kinds of documents that a CA key signs for others. */
type Signed = 'certificates' | 'authorities' | 'lists'

/** Counts of signatures of a CA key, for its biography. */
export interface SignCounts {
  /** Counts one once it is signed. Never waits for the biography. */
  count<T>(kind: Signed, signed: Promise<T>): Promise<T>
  /** Records what was counted since the last record. Never throws: nothing is left to be stopped. */
  record(): Promise<void>
}

/** Between two records while the key signs. */
const PERIOD_MS = 60 * 60 * 1000
const MOST_UNRECORDED = 10_000

/**
 * Creates the counts of an open key. They are recorded once an hour or for each 10,000 while it signs, and when it is closed: one entry for each
 * signature would cost more than the signature. After a crash, or where it cannot be
 * recorded, the record of certificates has what is missing.
 */
export function createSignCounts(issuer: Issuer): SignCounts {
  const { clock } = issuer
  let counts = zero()
  let since = clock.elapsed()
  let recording = Promise.resolve()
  const isDue = () => sumOf(counts) >= MOST_UNRECORDED || clock.elapsed() - since >= PERIOD_MS
  const record = async () => {
    const counted = counts
    if (sumOf(counted) === 0) return
    counts = zero()
    since = clock.elapsed()
    // An entry may have been written without a new signature: counting again would count twice.
    await recordLife(issuer, { action: 'sign-count', details: counted }).catch(() => undefined)
  }
  const queue = () => (recording = recording.then(record))
  return {
    async count(kind, signed) {
      const result = await signed
      counts[kind] += 1
      if (isDue()) void queue()
      return result
    },
    record: queue,
  }
}

function zero(): Record<Signed, number> {
  return { certificates: 0, authorities: 0, lists: 0 }
}

function sumOf(counts: Readonly<Record<Signed, number>>): number {
  return counts.certificates + counts.authorities + counts.lists
}

/** How much a key has signed since it came into its directory, by its biography. After a crash less than it has. */
export interface CountedSignatures {
  readonly certificates: number
  readonly lists: number
}

const ARRIVALS: readonly string[] = ['create', 'import', 'restore']

/**
 * Reads how much a key has signed since its keystore was made, imported or restored: a backup has the biography, and no record of certificates.
 *
 * @returns zeros for a biography that cannot be verified
 * @throws {SecretError} `forbidden`, `malformed`, `refused`, `unreachable` for files
 */
export async function readSignCounts(directory: string): Promise<CountedSignatures> {
  const entries = await entriesOf(directory)
  const since = entries.slice(entries.findLastIndex(({ action }) => ARRIVALS.includes(action)) + 1)
  const counts = since.filter(({ action }) => action === 'sign-count')
  const sum = (kind: Signed) =>
    counts.reduce((total, { details }) => total + Number(details?.[kind] ?? 0), 0)
  return { certificates: sum('certificates'), lists: sum('lists') }
}

async function entriesOf(directory: string): Promise<readonly AuditEntry[]> {
  try {
    return (await readBiography({ directory })).entries
  } catch (error) {
    if (error instanceof SecretError && error.code === 'missing') return []
    throw error
  }
}
