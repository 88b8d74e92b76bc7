import type { RotationIntent, JournalEntry } from '../journal/journal.ts'
import type { ScheduledRotation } from '../engine/schedule/schedule-rotations.ts'
import { liveVersions, type Stage } from '@rekey/secret/internal'
import type { HeldRotation } from '../console/family-reading.ts'
import type { Member } from './members.ts'
import type { ReportedLeak } from './leaks/leak-reports.ts'

/** Where one secret stands. No values. */
export interface SecretStatus {
  /** As on the command line. */
  readonly secret: string
  readonly name: string
  readonly versions: readonly { stage: Stage; version: string; createdAt?: Date; ageMs?: number }[]
  /** The rotation that was begun and has not ended. */
  readonly open?: OpenRotation
  readonly turn?: ScheduledRotation
  /** The last rotation; `holder` is present while a rotator works on it. */
  readonly rotation?: JournalEntry
  /** How many replicas have loaded the current version, of how many. */
  readonly acknowledged: readonly [number, number]
  /** Replicas that an open rotation waits for and that do not answer. Absent if there are none. */
  readonly absent?: readonly string[]
  /** Live versions that a replica was about to print, and masked. Absent if there are none. */
  readonly leaks?: readonly ReportedLeak[]
}

/** Where an open rotation is going. */
export interface OpenRotation extends Pick<RotationIntent, 'mode' | 'request'> {
  /** When its new version was made, or if it has none yet, when it last reported. */
  readonly since?: Date
  /** Before then its step has nothing to do. */
  readonly resumesAt?: Date
  /** Where it waits for an order, and until when at most. */
  readonly held?: HeldRotation
  readonly holder?: string
}

/** Where an open rotation is held; undefined if it is not, or no longer. */
export function holdStatus(
  { intent, isHeld, resumesAt }: Pick<Member, 'intent' | 'isHeld' | 'resumesAt'>,
  now: Date,
): HeldRotation | undefined {
  const { hold } = intent ?? {}
  if (!isHeld || hold === undefined || (resumesAt && resumesAt <= now)) return undefined
  const { at, version, since } = hold
  return { at, version, since: new Date(since), ...(resumesAt && { until: resumesAt }) }
}

/** Describes one secret by store and journal. */
export function describeMember(
  member: Member,
  now: Date,
): Omit<SecretStatus, 'acknowledged' | 'absent' | 'leaks'> {
  const { title, name, staged, entry } = member
  const versions = liveVersions(staged).map(({ stage, version, createdAt }) => {
    const ageMs = createdAt && now.getTime() - createdAt.getTime()
    return { stage, version, ...(createdAt && { createdAt, ageMs }) }
  })
  const open = openRotation(member, now)
  return { secret: title, name, versions, ...(open && { open }), ...(entry && { rotation: entry }) }
}

function openRotation(member: Member, now: Date): OpenRotation | undefined {
  const { open, entry, intent, staged, resumesAt } = member
  if (!open) return undefined
  const held = holdStatus(member, now)
  const { holder, at } = entry ?? {}
  const newest = staged.pending ?? (staged.previous && staged.current)
  const since = newest?.createdAt ?? at
  return {
    mode: intent?.mode ?? 'forward',
    ...(since && { since }),
    ...(resumesAt && { resumesAt }),
    ...(held && { held }),
    ...(intent?.request !== undefined && { request: intent.request }),
    ...(holder !== undefined && { holder }),
  }
}
