import type { FamilyReading, SecretReading } from '../console/family-reading.ts'
import type { Rotator } from '../family/rotator/open-rotator.ts'
import type { RotationPolicy } from '../engine/schedule/due-times.ts'
import { systemClock } from '@rekey/secret'
import type { followAudit } from './audit/follow-audit.ts'
import { type KnownEnds, readMembers, withEnds } from './members.ts'
import type { followAuthorities } from './follow-authorities.ts'
import { answersOf, leaksIn } from './leaks/leak-reports.ts'
import { holdStatus } from './secret-status.ts'
import { sessionsOf } from './sessions-of.ts'
import { turnsOf } from './turns-of.ts'

/** Where the console reads. */
export interface ConsoleSources {
  readonly rotator: Rotator
  readonly policies: readonly RotationPolicy[]
  /** Kept from one reading to the next: an end is asked for once. */
  readonly ends: KnownEnds
  readonly audit: ReturnType<typeof followAudit>
  /** Absent: no keystore was named. */
  readonly authorities?: ReturnType<typeof followAuthorities>
}

/** Reads store, journal, replicas, far sides, audit log and keystores once. */
export async function readForConsole(
  { rotator, policies, ends, audit, authorities }: ConsoleSources,
  signal: AbortSignal,
): Promise<FamilyReading> {
  const family = await withEnds(await readMembers(rotator, signal), signal, ends)
  const now = new Date(systemClock.now())
  const turns = turnsOf(family, policies, now)
  const secrets = family.secrets.map(async (member): Promise<SecretReading> => {
    const turn = turns.get(member.name)
    const { open = false } = member
    const [answers, sessions] = await Promise.all([
      answersOf(rotator, member, signal),
      sessionsOf(member, signal),
    ])
    const reports = answers.flatMap((each) => each.answers)
    const leaks = leaksIn(reports, member.staged)
    const held = holdStatus(member, now)
    const known = { ...(turn && { turn }), ...(held && { held }), ...(sessions && { sessions }) }
    return { ...member, open, answers, leaks, ...known }
  })
  const { environment } = rotator.family
  return {
    ...{ environment, unreadable: family.unreadable },
    secrets: await Promise.all(secrets),
    audit: await audit(signal),
    ...(authorities && { authorities: await authorities() }),
  }
}
