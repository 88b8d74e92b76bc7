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
  total: Counts & { lastUsedAt: number }
  readonly uses: number[]
  readonly failures: number[]
}

/**
 * Counts uses and refusals between two readings. A replica counts from its own start: one that is new, was restarted or did not
 * answer the last time adds nothing until the reading after, so no use is shown that did not happen in between.
 */
export class RecentUses {
  readonly #tracks = new Map<string, Map<string, Track>>()
  #before = new Map<string, Counts>()
  #seen = new Map<string, Counts>()

  /** Takes the counts of all secrets of one reading. */
  take(secrets: readonly SecretReading[]): void {
    this.#seen = new Map()
    const titles = new Set(secrets.map(({ title }) => title))
    for (const title of this.#tracks.keys()) if (!titles.has(title)) this.#tracks.delete(title)
    for (const secret of secrets) this.#takeSecret(secret)
    this.#before = this.#seen
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

  #takeSecret({ title, answers }: SecretReading): void {
    const known = this.#tracks.get(title)
    const tracks = new Map<string, Track>()
    for (const { service, answers: replicas } of answers) {
      for (const { ack } of replicas) {
        for (const use of ack?.usage.versions ?? []) {
          const key = `${service} ${use.version}`
          const track = tracks.get(key) ?? continued(known?.get(key), service, use.version)
          tracks.set(key, track)
          const since = String(ack?.usage.since)
          const source = `${title} ${key} ${ack?.replica ?? ''} ${since}`
          this.#add(track, use, source)
        }
      }
    }
    this.#tracks.set(title, tracks)
  }

  #add(track: Track, use: Counts & { readonly lastUsedAt?: number }, source: string): void {
    const { uses, failures, lastUsedAt = 0 } = use
    const before = this.#before.get(source) ?? { uses, failures }
    this.#seen.set(source, { uses, failures })
    track.total = {
      uses: track.total.uses + uses,
      failures: track.total.failures + failures,
      lastUsedAt: Math.max(track.total.lastUsedAt, lastUsedAt),
    }
    const last = track.uses.length - 1
    track.uses[last] = (track.uses[last] ?? 0) + Math.max(0, uses - before.uses)
    track.failures[last] = (track.failures[last] ?? 0) + Math.max(0, failures - before.failures)
  }
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
