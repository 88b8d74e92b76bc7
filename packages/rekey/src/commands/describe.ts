import { shellWord } from '@rekey/secret/internal'
import type { ScheduledRotation } from '../engine/schedule/schedule-rotations.ts'
import { describeHoldPoint } from '../engine/rotation-error.ts'
import type { RevocationReceipt, Rotated } from '../journal/journal.ts'
import type { ReportedLeak } from './leaks/leak-reports.ts'
import type { HeldRotation } from '../console/family-reading.ts'
import type { OpenRotation, SecretStatus } from './secret-status.ts'
import type { LocatedWarning, SecretInspection } from '@rekey/config-loader/internal/inspect'

/** When a secret's turn is, in words: `due (age)`, `due in 12 d (age)`. */
export function describeTurn(turn: ScheduledRotation, now: Date): string {
  const { reason, isDue, isOverdue, dueAt, putOff, outside } = turn
  const wait = outside
    ? { until: outside.opensAt, why: `outside its window ${outside.window}` }
    : putOff && { until: putOff.until, why: `near ${putOff.after}` }
  if (wait !== undefined) {
    const late = isOverdue ? 'overdue' : 'due'
    return `${late} (${reason}), but not before ${wait.until.toISOString()}: ${wait.why}`
  }
  if (reason === 'held' && dueAt === undefined) return 'held until an operator lets it go on'
  if (isDue) return `${isOverdue ? 'overdue' : 'due'} (${reason})`
  if (dueAt === undefined) return `not due by itself (${reason})`
  return `due in ${describeDuration(dueAt.getTime() - now.getTime())} (${reason})`
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const

/** A length of time in its greatest unit, rounded down: `12 d`, `3 h`, `0 s`. */
export function describeDuration(durationMs: number): string {
  const [unit, ms] = UNITS.find(([, unitMs]) => durationMs >= unitMs) ?? ['s', 1_000]
  return `${Math.max(0, Math.floor(durationMs / ms))} ${unit}`
}

/** Describes the changes of a rotation, its findings, and what it could not prove. */
export function describeRotated({ secret, version, ...rest }: Rotated): string {
  const { revoked, unproven = [], closed = [], strangers = [], gapMs, lateUses = [] } = rest
  const parts = [
    `${secret} is at ${version}`,
    revoked !== undefined && `${revoked} is revoked`,
    gapMs !== undefined && `gap ${(gapMs / 1_000).toFixed(1)} s: logins may have failed that long`,
    closed.length > 0 && `found and closed: ${closed.join(', ')}`,
    strangers.length > 0 &&
      `found and left open: ${strangers.join(', ')} (not in the store; to close them: --close-strangers)`,
    unproven.length > 0 &&
      `not proven to be refused: ${unproven.join(', ')}: check it at the far side`,
    lateUses.length > 0 && `stale or stolen: ${lateUses.map(describeLateUse).join(', ')}`,
  ]
  return parts.filter((part) => part !== false).join('; ')
}

function describeLateUse({ id, source, count }: Required<Rotated>['lateUses'][number]): string {
  return `${id} was used ${count} times by ${source}`
}

/** One secret in one line for people; beneath it its leaks, and its open rotation or the last revocation receipt. */
export function formatStatus(status: SecretStatus, now: Date): string {
  const [line, ...others] = describeState(status, now).split('\n')
  const leaks = (status.leaks ?? []).map(
    (leak) => `  LEAK: ${describeLeak(leak)}: rotate it with --compromised`,
  )
  return [line, ...leaks, ...others].join('\n')
}

/** A leak in words, without its secret. */
export function describeLeak(leak: ReportedLeak): string {
  const { replica, version, encoding, channel, callSite, count } = leak
  const output = channel === undefined ? '' : `, ${channel}`
  const code = callSite === undefined ? '' : `, first at ${callSite}`
  return `${replica} masked ${version} in ${count} lines (${encoding}${output}${code})`
}

function describeState(status: SecretStatus, now: Date): string {
  const { secret, versions, acknowledged, open, turn, rotation } = status
  const stages = versions.map(({ stage, version, ageMs }) => {
    const age = ageMs === undefined ? 'age unknown' : `${describeDuration(ageMs)} old`
    return `${stage} ${version} (${age})`
  })
  const known = `known to ${acknowledged[0]}/${acknowledged[1]} replicas`
  const due = turn === undefined ? '' : `  ${describeTurn(turn, now)}`
  const line = `${secret.padEnd(34)}${stages.join('  ')}  ${known}${due}`
  if (open !== undefined) {
    return [line, describeOpen(open, secret, now), ...describeAbsent(status)].join('\n  ')
  }
  if (rotation === undefined) return `${line}  never rotated`
  const receipt = rotation.intent?.receipts?.at(-1)
  return receipt === undefined ? line : `${line}\n  ${describeReceipt(receipt)}`
}

function describeReceipt({ id, version, evidence, at }: RevocationReceipt): string {
  return `old version ${id ?? version} is dead: ${evidence} (${new Date(at).toISOString()})`
}

function describeAbsent({ secret, open, absent = [] }: SecretStatus): string[] {
  const command = open?.mode === 'rollback' ? 'rollback' : 'rotate'
  return absent.map((replica) => {
    const next = `rekey ${command} ${secret} --without ${shellWord(replica)}`
    return `STUCK: ${replica} does not answer: bring it back, or go on without it: ${next}`
  })
}

const MODES: Readonly<Record<OpenRotation['mode'], string>> = {
  forward: 'a rotation is open',
  rollback: 'a rotation is being rolled back',
  emergency: 'an emergency rotation is open',
}

function describeOpen(
  { mode, since, request, holder, resumesAt, held }: OpenRotation,
  secret: string,
  now: Date,
): string {
  const parts = [MODES[mode]]
  if (since !== undefined) {
    const age = describeDuration(now.getTime() - since.getTime())
    parts.push(`since ${since.toISOString()} (${age})`)
  }
  if (request !== undefined) parts.push(`requested as ${request}`)
  if (held !== undefined) parts.push(describeHold(held, secret))
  else if (holder !== undefined) parts.push(`held by ${holder}`)
  else if (resumesAt !== undefined && resumesAt > now) {
    parts.push(`goes on at ${resumesAt.toISOString()}`)
  } else parts.push('no rotator holds it: run it again')
  return parts.join(', ')
}

/** `held after promote since …: rekey rotate database shop --go 3f9c lets it go on`. */
function describeHold({ at, since, until, version }: HeldRotation, secret: string): string {
  const end = until === undefined ? '' : `, at most until ${until.toISOString()}`
  const command = `rekey rotate ${secret} --go ${version}`
  return `held ${describeHoldPoint(at)} since ${since.toISOString()}${end}: ${command} lets it go on`
}

const INDENT = '         '

/** One secret in a few lines for people. */
export function formatSecret(secret: SecretInspection): string {
  const { name, source, versions, problem, rule, shadowed } = secret
  const mark = problem === undefined ? 'ok' : 'PROBLEM'
  const stages = versions.map(formatVersion).join('  ')
  const lines = [`${mark.padEnd(9)}${name.padEnd(34)}${source}  ${stages}`.trimEnd()]
  if (problem !== undefined) {
    lines.push(`${INDENT}${problem.code}: ${problem.message}`, `${INDENT}rule: ${rule}`)
  }
  lines.push(`${INDENT}${formatStaleness(secret)}`)
  lines.push(...secret.rights.map((right) => `${INDENT}needs: ${indented(right)}`))
  if (shadowed.length > 0)
    lines.push(`${INDENT}also in ${shadowed.join(', ')}, where it is not used`)
  return lines.join('\n')
}

/** One warning in one line for people. */
export function formatWarning({ rule, name, source, message }: LocatedWarning): string {
  const where = name === undefined ? source : `${name} in ${source}`
  return `warning  ${rule}: ${where}: ${message}`
}

function formatVersion(version: SecretInspection['versions'][number]): string {
  const { stage, version: fingerprint, id, ageMs, expiresInMs } = version
  const age = ageMs === undefined ? 'age unknown' : `${describeDuration(ageMs)} old`
  const end = expiresInMs === undefined ? '' : `, ends in ${describeDuration(expiresInMs)}`
  return `${stage} ${id ?? fingerprint} (${age}${end})`
}

function formatStaleness({ staleness, watched }: SecretInspection): string {
  const { ttlMs, maxStaleMs, negativeTtlMs, need } = staleness
  const next = watched ? 'refreshed on change and at least ' : 'refreshed at least '
  return [
    `${next}every ${describeDuration(ttlMs)}`,
    `served for ${describeDuration(maxStaleMs)} while its source is down`,
    `absence cached for ${describeDuration(negativeTtlMs)}`,
    need,
  ].join('; ')
}

function indented(text: string): string {
  return text.replaceAll('\n', `\n${INDENT}       `)
}
