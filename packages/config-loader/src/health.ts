import { type Clock, liveVersions, type SecretHealth } from '@rekey/secret'
import type { FollowedSecret } from './follow/followed-secret.ts'

/** Describes one secret for a health report. */
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
