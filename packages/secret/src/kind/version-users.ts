import type { VersionUse } from '../version-counter.ts'
import { type Answer, nameOf } from './fleet.ts'

/** The answers of one look at both ends of a secret; a secret with one end has no receivers. */
export interface FleetLook {
  readonly senders: readonly Answer[]
  readonly receivers: readonly Answer[]
  /** By the rotator's monotonic clock, in milliseconds: nothing in it is older than `askedAt`, or newer than `heardAt`. */
  readonly askedAt: number
  readonly heardAt: number
}

/** A user of a version, as one replica counts it. */
export interface VersionUser {
  readonly who: string
  /** Marks a restart of the replica that counts. */
  readonly since: number
  readonly uses: number
  /** By the clock of the replica that counts; absent if never. */
  readonly lastAt: number | undefined
}

/** All users of `version`: the senders by their own reports, others by the receivers' reports. */
export function usersOf(
  look: Pick<FleetLook, 'senders' | 'receivers'>,
  version: string,
): VersionUser[] {
  const senders = look.senders.flatMap((answer) =>
    sighted(answer, version, ({ uses, lastUsedAt }) => [
      { who: nameOf(answer), uses, lastAt: lastUsedAt },
    ]),
  )
  return [...senders, ...look.receivers.flatMap((answer) => callersAt(answer, version))]
}

/** "10.0.0.7, seen by signing at http://… (3 times, last at 2026-…)". */
export function describeUser({ who, uses, lastAt }: Omit<VersionUser, 'since'>): string {
  const last = lastAt === undefined ? '' : `, last at ${new Date(lastAt).toISOString()}`
  return `${who} (${uses} times${last})`
}

function callersAt(answer: Answer, version: string): VersionUser[] {
  return sighted(answer, version, ({ uses, lastUsedAt, sources = [] }) => {
    const nameless = { source: 'an unknown caller', uses, lastSeenAt: lastUsedAt }
    const seen = sources.length === 0 ? [nameless] : sources
    return seen.map((each) => ({
      who: `${each.source}, seen by ${nameOf(answer)}`,
      uses: each.uses,
      lastAt: each.lastSeenAt,
    }))
  })
}

function sighted(
  { ack }: Answer,
  version: string,
  describe: (use: VersionUse) => Omit<VersionUser, 'since'>[],
): VersionUser[] {
  const use = ack?.usage.versions.find((each) => each.version === version)
  if (ack === undefined || use === undefined) return []
  return describe(use).map((user) => ({ ...user, since: ack.usage.since }))
}
