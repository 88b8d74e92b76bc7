import type { Acknowledgement } from '@rekey/secret/internal/kind'
import type { VersionUse } from '@rekey/secret/internal'
import type { UseView } from './family-view.ts'
import type { SecretReading } from './family-reading.ts'

/** How many readings are remembered. */
const REMEMBERED = 60

/** The counts of one replica, and the start from which it counts. */
interface Counted {
  since: number
  uses: number
  failures: number
  /** The reading in which it was counted last. */
  reading: number
}

/** The uses of one version by the replicas of one service. */
interface Track {
  readonly service: string
  readonly version: string
  readonly total: { uses: number; failures: number; lastUsedAt: number }
  readonly uses: number[]
  readonly failures: number[]
  readonly byReplica: Map<string, Counted>
  reading: number
}

/** By service, then by version. */
type Tracks = Map<string, Map<string, Track>>

/**
 * Counts uses and refusals between two readings. A replica counts from its own start: one that is new, was restarted or did not
 * answer the last time adds nothing until the reading after, so no use is shown that did not happen in between.
 */
export class RecentUses {
  readonly #secrets = new Map<string, Tracks>()
  #reading = 0

  /** Takes the counts of all secrets of one reading. */
  take(secrets: readonly SecretReading[]): void {
    this.#reading += 1
    const titles = new Set<string>()
    for (const secret of secrets) {
      titles.add(secret.title)
      const tracks = this.#secrets.get(secret.title) ?? new Map<string, Map<string, Track>>()
      this.#secrets.set(secret.title, tracks)
      this.#takeOne(secret, tracks)
    }
    for (const title of this.#secrets.keys()) if (!titles.has(title)) this.#secrets.delete(title)
  }

  /** The uses of the versions of one secret, by service and version. */
  of(title: string): UseView[] {
    const tracks = [...(this.#secrets.get(title)?.values() ?? [])].flatMap((of) => [...of.values()])
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

  #takeOne({ answers }: SecretReading, tracks: Tracks): void {
    for (const { service, answers: replicas } of answers) {
      const versions = tracks.get(service) ?? new Map<string, Track>()
      tracks.set(service, versions)
      for (const { ack } of replicas) {
        if (ack === undefined) continue
        for (const use of ack.usage.versions) this.#add(use, ack, { service, versions })
      }
    }
    for (const [service, versions] of tracks) {
      for (const [version, track] of versions) {
        if (track.reading === this.#reading) this.#forgetGone(track)
        else versions.delete(version)
      }
      if (versions.size === 0) tracks.delete(service)
    }
  }

  #add(use: VersionUse, ack: Acknowledgement, of: TracksOfService): void {
    const { replica, usage } = ack
    const track = this.#trackOf(use.version, of)
    const { total, uses, failures, byReplica } = track
    const before = byReplica.get(replica)
    total.uses += use.uses
    total.failures += use.failures
    total.lastUsedAt = Math.max(total.lastUsedAt, use.lastUsedAt ?? 0)
    if (before === undefined) {
      const { uses: used, failures: failed } = use
      byReplica.set(replica, {
        since: usage.since,
        uses: used,
        failures: failed,
        reading: this.#reading,
      })
      return
    }
    if (before.since === usage.since) {
      const last = uses.length - 1
      uses[last] = (uses[last] ?? 0) + Math.max(0, use.uses - before.uses)
      failures[last] = (failures[last] ?? 0) + Math.max(0, use.failures - before.failures)
    }
    before.since = usage.since
    before.uses = use.uses
    before.failures = use.failures
    before.reading = this.#reading
  }

  /** Begins the counts of this reading at the first replica that has used the version. */
  #trackOf(version: string, { service, versions }: TracksOfService): Track {
    const known = versions.get(version)
    if (known?.reading === this.#reading) return known
    const track = known ?? newTrack(service, version)
    track.reading = this.#reading
    Object.assign(track.total, { uses: 0, failures: 0, lastUsedAt: 0 })
    for (const counts of [track.uses, track.failures]) {
      counts.push(0)
      if (counts.length > REMEMBERED) counts.shift()
    }
    versions.set(version, track)
    return track
  }

  /** A replica that was not in this reading begins anew when it comes back. */
  #forgetGone({ byReplica }: Track): void {
    for (const [replica, { reading }] of byReplica) {
      if (reading !== this.#reading) byReplica.delete(replica)
    }
  }
}

interface TracksOfService {
  readonly service: string
  readonly versions: Map<string, Track>
}

function newTrack(service: string, version: string): Track {
  return {
    service,
    version,
    reading: 0,
    uses: [],
    failures: [],
    byReplica: new Map(),
    total: { uses: 0, failures: 0, lastUsedAt: 0 },
  }
}
