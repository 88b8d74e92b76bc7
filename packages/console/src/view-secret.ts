import { type LeakCount, liveVersions } from '@rekey/secret'
import { type Answer, isAbsent } from '@rekey/secret/kind'
import type { SecretReading, ServiceAnswers } from './family-reading.ts'
import type {
  HoldersView,
  LateReplica,
  RevokePreview,
  RotationView,
  SecretView,
} from './family-view.ts'
import { nextCommands } from './next-commands.ts'
import { previewRevoke } from './preview-revoke.ts'
import type { RecentUses } from './recent-uses.ts'

/** More would fill the page and the connection to it; the count is whole in any case. */
const REPLICAS_SHOWN = 20

/** Describes one secret. Whatever is in it was read from store, journal or replicas; nothing is concluded from silence. */
export function viewSecret(reading: SecretReading, recent: RecentUses): SecretView {
  const { title, kind, staged, turn, expiresAt, answers } = reading
  const rotation = rotationOf(reading)
  const absent = answers.flatMap((each) => each.answers.filter(isAbsent))
  const leaks = leakedLines(reading)
  const found = { title, turn, rotation, leaks, absent: absent.map(({ replica }) => replica) }
  return {
    title,
    kind,
    services: answers.map(({ service }) => service),
    versions: liveVersions(staged).map(({ stage, version, id, createdAt }) => ({
      stage,
      version,
      ...(id !== undefined && { id }),
      ...(createdAt && { createdAt: createdAt.toISOString() }),
      ifRevoked: shortened(previewRevoke(reading, version)),
    })),
    ...(turn && { turn: turnOf(turn) }),
    ...(expiresAt && { expiresAt: expiresAt.toISOString() }),
    ...(rotation && { rotation }),
    holders: answers.map((each) => holdersOf(each, reading)),
    uses: recent.of(title),
    leaks,
    next: nextCommands(found),
  }
}

function shortened({ refused, ...preview }: RevokePreview): RevokePreview {
  return { ...preview, refused: refused.slice(0, REPLICAS_SHOWN) }
}

function turnOf({ reason, isDue, isOverdue, dueAt }: NonNullable<SecretReading['turn']>) {
  return { reason, isDue, isOverdue, ...(dueAt && { dueAt: dueAt.toISOString() }) }
}

function rotationOf({ open, entry, intent }: SecretReading): RotationView | undefined {
  if (entry === undefined && !open) return undefined
  const { step, phase, at, holder } = entry ?? {}
  const last = entry?.intent?.receipts?.at(-1)
  const receipt = last && {
    version: last.id ?? last.version,
    evidence: last.evidence,
    at: new Date(last.at).toISOString(),
  }
  return {
    isOpen: open,
    mode: intent?.mode ?? entry?.intent?.mode ?? 'forward',
    ...(step !== undefined && { step }),
    ...(phase !== undefined && { phase }),
    ...(at && { at: at.toISOString() }),
    ...(holder !== undefined && { holder }),
    ...(receipt && { receipt }),
  }
}

function holdersOf({ service, answers }: ServiceAnswers, { staged }: SecretReading): HoldersView {
  const loaded = liveVersions(staged).map(
    ({ version }) => [version, answers.filter((answer) => holds(answer, version)).length] as const,
  )
  const late = answers.filter((answer) => !holds(answer, staged.current.version))
  return {
    service,
    replicas: answers.length,
    loaded: Object.fromEntries(loaded),
    late: late.slice(0, REPLICAS_SHOWN).map(lateReplica),
  }
}

function holds({ ack }: Answer, version: string): boolean {
  return ack?.versions.some((held) => held.version === version) ?? false
}

function lateReplica({ replica, ack, problem }: Answer): LateReplica {
  const rejection = ack?.rejections?.[0]
  const reason =
    problem ??
    (ack === undefined
      ? 'does not answer'
      : rejection === undefined
        ? 'has not loaded it yet'
        : `rejects it: ${rejection.reason} (${rejection.by})`)
  return { replica: replica.healthUrl, reason }
}

function leakedLines({ answers, staged }: SecretReading): number {
  const live = new Set(liveVersions(staged).map(({ version }) => version))
  const counts = answers.flatMap((each) =>
    each.answers.flatMap(({ ack }) => leaksOf(ack?.leaks).filter((leak) => isOf(leak, live))),
  )
  return counts.reduce((sum, { count }) => sum + count, 0)
}

/** A report comes from another process, which may be of another release. */
function leaksOf(leaks: unknown): LeakCount[] {
  if (!Array.isArray(leaks)) return []
  return (leaks as (Partial<LeakCount> | null)[]).filter((leak): leak is LeakCount =>
    Number.isInteger(leak?.count),
  )
}

function isOf({ version }: LeakCount, live: ReadonlySet<string>): boolean {
  return version !== undefined && live.has(version)
}
