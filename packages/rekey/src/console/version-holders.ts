import { type Answer, nameOf } from '@rekey/secret/internal/kind'
import type { ServiceAnswers } from './family-reading.ts'
import type { LastUseView } from './family-view.ts'

/** The replicas of one service that hold a version, and those that reported nothing. */
export interface VersionHolders {
  readonly service: string
  /** How many replicas the fleet lists. */
  readonly replicas: number
  /** The health URLs of those that have loaded it. */
  readonly holding: readonly string[]
  /** Those that reported nothing, of which it is not known. */
  readonly silent: readonly SilentReplica[]
  /** The last use that one of them has reported since its start. Absent: none was. */
  readonly lastUse?: LastUseView
}

/** A replica that reported nothing of a secret, and why. */
export interface SilentReplica {
  readonly replica: string
  readonly reason: string
}

/**
 * Finds the replicas that hold `version`, by service.
 *
 * @example
 * ```ts
 * const [callers] = versionHolders(reading.answers, reading.staged.current.version)
 * ```
 */
export function versionHolders(
  answers: readonly ServiceAnswers[],
  version: string,
): VersionHolders[] {
  return answers.map(({ service, answers: replicas }) => {
    const holding = replicas.filter((answer) => holds(answer, version))
    const lastUse = lastUseOf(replicas, version)
    return {
      service,
      replicas: replicas.length,
      holding: holding.map(({ replica }) => replica.healthUrl),
      silent: replicas.flatMap((answer) => silentReplica(answer) ?? []),
      ...(lastUse && { lastUse }),
    }
  })
}

/** Whether a replica has loaded a version. */
export function holds({ ack }: Answer, version: string): boolean {
  return ack?.versions.some((held) => held.version === version) ?? false
}

/** Describes a replica that reported nothing; undefined for any other. */
export function silentReplica({
  replica: { healthUrl: replica },
  ack,
  problem,
  absence,
}: Answer): SilentReplica | undefined {
  if (ack !== undefined) return undefined
  return { replica, reason: problem ?? absence ?? 'does not answer' }
}

function lastUseOf(answers: readonly Answer[], version: string): LastUseView | undefined {
  let last: { readonly who: string; readonly at: number } | undefined
  for (const answer of answers) {
    const use = answer.ack?.usage.versions.find((each) => each.version === version)
    if (use?.lastUsedAt === undefined || use.lastUsedAt <= (last?.at ?? 0)) continue
    const source = use.sources?.[0]
    const who =
      source === undefined ? nameOf(answer) : `${source.source}, seen by ${nameOf(answer)}`
    last = { who, at: use.lastUsedAt }
  }
  return last && { who: last.who, at: new Date(last.at).toISOString() }
}
