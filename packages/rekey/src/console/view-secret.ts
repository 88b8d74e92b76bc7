import { liveVersions, shellWord } from '@rekey/secret/internal'
import { type Answer, isAbsent, type Replica } from '@rekey/secret/internal/kind'
import type { SecretReading, ServiceAnswers } from './family-reading.ts'
import type {
  HoldersView,
  HoldView,
  LateReplica,
  NextCommand,
  RevokePreview,
  RotationView,
  SecretView,
} from './family-view.ts'
import { describeHoldPoint } from '../engine/rotation-error.ts'
import { problemOf } from './problem-of.ts'
import { previewRevoke } from './preview-revoke.ts'
import type { RecentUses } from './recent-uses.ts'
import { holds, silentReplica } from './version-holders.ts'
import type { ScheduledRotation } from '../engine/schedule/schedule-rotations.ts'

/** The findings that commands follow from. */
interface Findings {
  readonly title: string
  readonly turn: ScheduledRotation | undefined
  readonly rotation: RotationView | undefined
  /** Lines that held a live version. */
  readonly leakedLines: number
  /** Replicas that do not answer. */
  readonly absent: readonly Replica[]
}

/** More would fill the page and the connection to it; the count is whole in any case. */
const ROWS_SHOWN = 20

/** Describes one secret. Whatever is in it was read from store, journal or replicas; nothing is concluded from silence. */
export function viewSecret(reading: SecretReading, recent: RecentUses): SecretView {
  const { title, kind, staged, turn, expiresAt, answers, leaks = [], sessions } = reading
  const rotation = rotationOf(reading)
  const absent = answers.flatMap((each) => each.answers.filter(isAbsent))
  const leakedLines = leaks.reduce((sum, { count }) => sum + count, 0)
  const found = { title, turn, rotation, leakedLines, absent: absent.map(({ replica }) => replica) }
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
    leakedLines,
    leaks: leaks.slice(0, ROWS_SHOWN),
    ...(sessions && { sessions: sessionsOf(sessions) }),
    next: nextCommands(found),
  }
}

function shortened({ refused, ...preview }: RevokePreview): RevokePreview {
  return { ...preview, refused: refused.slice(0, ROWS_SHOWN) }
}

function turnOf({ reason, isDue, isOverdue, dueAt, outside }: ScheduledRotation) {
  return {
    ...{ reason, isDue, isOverdue, ...(dueAt && { dueAt: dueAt.toISOString() }) },
    ...(outside && {
      outside: { window: outside.window, opensAt: outside.opensAt.toISOString() },
    }),
  }
}

function holdOf({ held }: SecretReading): HoldView | undefined {
  if (held === undefined) return undefined
  const { at, version, since, until } = held
  return {
    ...{ at: describeHoldPoint(at), version, since: since.toISOString() },
    ...(until && { until: until.toISOString() }),
  }
}

function rotationOf(reading: SecretReading): RotationView | undefined {
  const { open, entry, intent, turn } = reading
  const held = holdOf(reading)
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
    ...(open && turn?.isDue === false && turn.dueAt && { resumesAt: turn.dueAt.toISOString() }),
    ...(held && { held }),
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
    late: late.slice(0, ROWS_SHOWN).map(lateReplica),
  }
}

function lateReplica(answer: Answer): LateReplica {
  const { replica, ack, problem } = answer
  const silent = silentReplica(answer)
  if (silent !== undefined) return silent
  const rejection = ack?.rejections?.[0]
  const reason =
    problem ??
    (rejection === undefined
      ? 'has not loaded it yet'
      : `rejects it: ${rejection.reason} (${rejection.by})`)
  return { replica: replica.healthUrl, reason }
}

function sessionsOf(sessions: NonNullable<SecretReading['sessions']>) {
  if ('error' in sessions) return problemOf(sessions.error)
  return sessions.map(({ version, clients }) => ({
    version,
    sessions: clients.reduce((sum, each) => sum + each.sessions, 0),
    clients: clients.toSorted((a, b) => b.sessions - a.sessions).slice(0, ROWS_SHOWN),
  }))
}

/** Returns what an operator should run for one secret, the most urgent first. */
function nextCommands(findings: Findings): NextCommand[] {
  const { title, turn, leakedLines } = findings
  const leaked: NextCommand[] =
    leakedLines === 0
      ? []
      : [
          act(
            `${leakedLines} log line${leakedLines === 1 ? '' : 's'} contained the current value; masked`,
            `rekey rotate ${title} --compromised`,
          ),
        ]
  const late: NextCommand[] = turn?.isOverdue
    ? [plan(`older than its policy allows (${turn.reason})`, `rekey rotate ${title}`)]
    : []
  return [...leaked, ...openRotation(findings), ...late]
}

function openRotation({ title, rotation, absent }: Findings): NextCommand[] {
  if (rotation?.isOpen !== true) return []
  const waiting = absent.map(({ healthUrl }) =>
    act(
      `its rotation waits for ${healthUrl}, which does not answer: restart it, or continue without it`,
      `rekey rotate ${title} --without ${shellWord(healthUrl)}`,
    ),
  )
  const { held } = rotation
  if (held !== undefined) {
    const reason = `held ${held.at} since ${held.since}: let it go on, or roll it back`
    return [...waiting, plan(reason, `rekey rotate ${title} --go ${held.version}`)]
  }
  const isAtWork = rotation.holder !== undefined || rotation.resumesAt !== undefined
  if (isAtWork || waiting.length > 0) return waiting
  return [act('its rotation is open and no rotator works on it', `rekey rotate ${title}`)]
}

function act(reason: string, command: string): NextCommand {
  return { urgency: 'act', reason, command }
}

function plan(reason: string, command: string): NextCommand {
  return { urgency: 'plan', reason, command }
}
