import { type Clock, liveVersions, type PendingWait, type UsageReport } from '@rekey/secret'
import type { FollowedSecret, SecretCounts } from './follow/followed-secret.ts'
import type { SecretState } from './follow/freshness.ts'

/** One version of a secret, without its value. */
export interface VersionHealth {
  readonly stage: string
  readonly version: string
  /** Key id or role name. */
  readonly id?: string
  /** Milliseconds since the store got it, where the store knows. */
  readonly ageMs?: number
}

/** One secret of one replica, without its values. */
export interface SecretHealth {
  readonly name: string
  readonly kind: string
  readonly end: string
  /** Where it is read from: `env`, `vault:secret/vpn`. */
  readonly source: string
  /** `fresh` and `stale` are served; `expired` and `absent` are not. */
  readonly state: SecretState
  /** Milliseconds since the source last named what is in use; absent if there is nothing. */
  readonly sinceGoodReadMs?: number
  readonly untilNextReadMs: number
  /** How many reads in a row have failed. */
  readonly failuresInARow: number
  /** Since the start of the process. */
  readonly counts: Readonly<SecretCounts>
  readonly versions: readonly VersionHealth[]
  readonly usage: UsageReport
  /** The code of what keeps the newest version from being used. */
  readonly problem?: string
}

/** What one replica says of its secrets: names, key ids, versions, ages, uses. A rotation reads its acknowledgements here. */
export interface HealthReport {
  readonly service: string
  readonly replica: string
  readonly secrets: readonly SecretHealth[]
  /** What the process waits for at this moment, the longest wait first. */
  readonly waits: readonly PendingWait[]
}

/** Describes one secret for a {@link HealthReport}. */
export function describeSecret(
  followed: FollowedSecret,
  source: string,
  clock: Clock,
): SecretHealth {
  const { name, spec, live, held, freshness, counts, failuresInARow, problem, dueAt } = followed
  const { state, ageMs } = freshness
  return {
    name,
    kind: spec.kind,
    end: spec.access.end,
    source,
    state,
    ...(state !== 'absent' && { sinceGoodReadMs: Math.round(ageMs) }),
    untilNextReadMs: Math.max(0, Math.round(dueAt - clock.elapsed())),
    failuresInARow,
    counts: { ...counts },
    versions: (held === undefined ? [] : liveVersions(held)).map(
      ({ stage, version, id, createdAt }) => ({
        stage,
        version,
        ...(id !== undefined && { id }),
        ...(createdAt !== undefined && { ageMs: clock.now() - createdAt.getTime() }),
      }),
    ),
    usage: live.usage.report(),
    ...(problem !== undefined && { problem: problem.code }),
  }
}
