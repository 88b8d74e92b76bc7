import type { UseView } from './family-view.ts'
import type { SecretReading } from './family-reading.ts'

/** How many readings are remembered. */
const REMEMBERED = 60

interface Counts {
  readonly uses: number
  readonly failures: number
}

interface Track {
  readonly service: string
  readonly version: string
  readonly total: { uses: number; failures: number; lastUsedAt: number }
  readonly uses: number[]
  readonly failures: number[]
}

/** By service and version. */
type Tracks = ReadonlyMap<string, Track>

/**
 * Counts uses and refusals between two readings. A replica counts from its own start: one that is new, was restarted or did not
 * answer the last time adds nothing until the reading after, so no use is shown that did not happen in between.
 */
export class RecentUses {
  #tracks: ReadonlyMap<string, Tracks> = new Map()
  #counts: ReadonlyMap<string, Counts> = new Map()

  /** Takes the counts of all secrets of one reading. */
  take(secrets: readonly SecretReading[]): void {
    const counts = new Map<string, Counts>()
    this.#tracks = new Map(
      secrets.map((secret) => [secret.title, this.#tracksOf(secret, counts)] as const),
    )
    this.#counts = counts
  }

  /** The uses of the versions of one secret, by service and version. */
  of(title: string): UseView[] {
    const tracks = [...(this.#tracks.get(title)?.values() ?? [])]
    return tracks.map(({ service, version, total, uses, failures }) => ({
      service,
      version,
      uses: total.uses,
      failures: total.failures,
      ...(total.lastUsedAt > 0 && { lastUsedAt: new Date(total.lastUsedAt).toISOString() }),
      recent: [...uses],
      recentFailures: [...failures],
    }))
  }

  /** @param counts takes what each replica counts, for the next reading */
  #tracksOf({ title, answers }: SecretReading, counts: Map<string, Counts>): Tracks {
    const known = this.#tracks.get(title)
    const tracks = new Map<string, Track>()
    for (const { service, answers: replicas } of answers) {
      for (const ack of replicas.map((answer) => answer.ack).filter((each) => each !== undefined)) {
        for (const use of ack.usage.versions) {
          const key = `${service} ${use.version}`
          const track = tracks.get(key) ?? continued(known?.get(key), service, use.version)
          tracks.set(key, track)
          const source = `${title} ${key} ${ack.replica} ${ack.usage.since}`
          counts.set(source, { uses: use.uses, failures: use.failures })
          add(track, use, this.#counts.get(source) ?? use)
        }
      }
    }
    return tracks
  }
}

function add(
  { total, uses, failures }: Track,
  use: Counts & { readonly lastUsedAt?: number },
  before: Counts,
): void {
  total.uses += use.uses
  total.failures += use.failures
  total.lastUsedAt = Math.max(total.lastUsedAt, use.lastUsedAt ?? 0)
  const last = uses.length - 1
  uses[last] = (uses[last] ?? 0) + Math.max(0, use.uses - before.uses)
  failures[last] = (failures[last] ?? 0) + Math.max(0, use.failures - before.failures)
}

function continued(known: Track | undefined, service: string, version: string): Track {
  const after = (counts: readonly number[] = []) => [...counts.slice(1 - REMEMBERED), 0]
  return {
    service,
    version,
    total: { uses: 0, failures: 0, lastUsedAt: 0 },
    uses: after(known?.uses),
    failures: after(known?.failures),
  }
}
