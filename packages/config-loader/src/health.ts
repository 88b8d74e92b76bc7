import { type Clock, liveVersions, type UsageReport } from '@rekey/secret'
import type { FollowedSecret } from './follow-secret.ts'

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
}

/** Describes one secret for a {@link HealthReport}. */
export function describeSecret(followed: FollowedSecret, clock: Clock): SecretHealth {
  const { live, spec, problem } = followed
  return {
    name: live.name,
    kind: spec.kind,
    end: spec.access.end,
    versions: liveVersions(live.snapshot).map(({ stage, version, id, createdAt }) => ({
      stage,
      version,
      ...(id !== undefined && { id }),
      ...(createdAt !== undefined && { ageMs: clock.now() - createdAt.getTime() }),
    })),
    usage: live.usage.report(),
    ...(problem !== undefined && { problem: problem.code }),
  }
}
