import { kindsOf } from '../family/kinds.ts'
import { planRotation, type RotationPlan } from '../engine/plan-rotation.ts'
import { findAbsent } from '../fleet/without-absent.ts'
import { describeWindow, nextOpening } from '../engine/schedule/rotation-window.ts'
import { AuditSpool } from '../journal/audit-spool.ts'
import { isOpen } from '../journal/journal.ts'
import type { CliContext, WaitingFlags } from './cli-context.ts'
import type { ErrorDetails } from '@rekey/secret/internal'
import type { Replica } from '@rekey/secret/internal/kind'
import type { RotationKind } from '@rekey/secret/kind'
import { systemClock } from '@rekey/secret'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Rotator } from '../family/rotator/open-rotator.ts'
import { describeRotated } from './describe.ts'
import { holdOf, openEngine } from './engine.ts'
import { StoppedError, UsageError } from './failure.ts'
import { printing } from './json-output.ts'
import { servicesOf } from './members.ts'
import { isConfirmed } from './is-confirmed.ts'
import { findNamed, type NamedSecret, oneSecret, type SecretWords } from './named-secret.ts'
import { collect, KIND, SECRET, toCount, waiting } from './options.ts'
import { recorded } from './recorded-command.ts'
import type { DueFlags } from './rotate-due.ts'
import {
  createRotationPrinter,
  leftUnaudited,
  ROLLBACK_LINES,
  ROTATE_LINES,
  type RotationPrinter,
  takenOver,
} from './rotation-lines.ts'
import { withRotator } from './with-rotator.ts'

interface RotateFlags extends WaitingFlags {
  readonly compromised?: boolean
  /** Asks no question. */
  readonly yes?: boolean
  readonly closeStrangers?: boolean
  readonly request?: string
  /** The version of a rotation that is held, and goes on. */
  readonly go?: string
  /** Replicas that it goes on without while they do not answer. */
  readonly without?: readonly string[]
  /** The journal that the secret leaves for that of the family. */
  readonly fromJournal?: string
}

type RollBackFlags = WaitingFlags & Pick<RotateFlags, 'fromJournal' | 'without'>

const ONLY_WITH_DUE = { policy: '--policy', atOnce: '--at-once' } as const

type AllRotateFlags = RotateFlags & DueFlags & { readonly due?: boolean; readonly plan?: boolean }

/** Defines `rekey rotate`. */
export function defineRotate(command: Command, context: CliContext): void {
  printing(waiting(command), ROTATE_LINES, [
    'rekey rotate api-key shop:stock --family production.json',
    'rekey rotate --due --family production.json --json',
    'rekey rotate --due --at-once 8 --family production.json',
    'rekey rotate database shop --compromised --family production.json',
    'rekey rotate api-key shop:stock --without 10.0.0.3:9090 --family production.json',
    'rekey rotate database shop --go 3f9c --family production.json',
    'rekey rotate database shop --from-journal store --family production.json',
  ])
    .argument('[kind]', KIND)
    .argument('[secret]', SECRET)
    .addOption(
      new Option('--due', 'rotate every secret that is due').conflicts([
        ...['compromised', 'closeStrangers', 'request', 'go', 'without', 'fromJournal'],
      ]),
    )
    .option('--plan', 'show what would be done, and change nothing')
    .option('--compromised', 'the secret has leaked: no grace for what still uses it')
    .option('--yes', 'with --compromised: do not ask on a terminal')
    .option('--close-strangers', 'close each login of the owner role that is not in the store')
    .option(
      '--request <key>',
      'key of this request: repeated with the same key, it rotates once',
      toRequest,
    )
    .addOption(
      new Option(
        '--go <version>',
        'let the rotation go on that made this version and is held: see rekey status',
      ).conflicts(['compromised', 'request', 'plan']),
    )
    .addOption(withoutReplica())
    .option('--from-journal <name>', FROM_JOURNAL)
    .option('--policy <file>', 'with --due: when the secrets of a kind are due')
    .option(
      '--at-once <n>',
      'with --due: how many secrets of different services to rotate at the same time (default 1)',
      toCount,
    )
    .action((kind: string | undefined, secret: string | undefined, flags: AllRotateFlags) =>
      rotateAsked([kind, secret], flags, context),
    )
}

/** Defines `rekey rollback`. */
export function defineRollBack(command: Command, context: CliContext): void {
  printing(waiting(command), ROLLBACK_LINES, [
    'rekey rollback api-key shop:stock --family production.json',
  ])
    .argument('<kind>', KIND)
    .argument('[secret]', SECRET)
    .addOption(withoutReplica())
    .option('--from-journal <name>', FROM_JOURNAL)
    .action((kind: string, secret: string | undefined, flags: RollBackFlags) =>
      rollBackSecret(oneSecret([kind, secret], 'rollback KIND SECRET'), flags, context),
    )
}

function withoutReplica(): Option {
  const what =
    'go on without a replica that does not answer, by its health URL or host:port; may be repeated'
  return new Option('--without <replica>', what).argParser(collect)
}

const FROM_JOURNAL =
  'name of the lost or retired journal to which the secret still belongs; no rotator may use it'

/** The key is kept in the journal and printed. @throws {InvalidArgumentError} */
function toRequest(text: string): string {
  if (/^[\w.:-]{1,100}$/.test(text)) return text
  throw new InvalidArgumentError('It takes up to 100 letters, digits and any of _ . : -')
}

/** Rotates what is due, or the secret that is named. @throws {UsageError} for both, neither, or an option that goes with the other */
async function rotateAsked(
  words: SecretWords,
  flags: AllRotateFlags,
  context: CliContext,
): Promise<void> {
  if (flags.due) {
    if (words[0] !== undefined) throw new UsageError('name a secret or --due, not both')
    const { planDue, rotateDue } = await import('./rotate-due.ts')
    return flags.plan ? planDue(flags, context) : rotateDue(flags, context)
  }
  for (const option of ['policy', 'atOnce'] as const) {
    if (flags[option] !== undefined)
      throw new UsageError(`${ONLY_WITH_DUE[option]} goes with --due`)
  }
  const named = oneSecret(words, 'rotate KIND SECRET, or rotate --due')
  return flags.plan ? planSecret(named, flags, context) : rotateSecret(named, flags, context)
}

/** Rotates one secret and prints each step as it ends. */
function rotateSecret(words: SecretWords, flags: RotateFlags, context: CliContext): Promise<void> {
  const { compromised = false, closeStrangers = false, request, go, fromJournal } = flags
  const printer = createRotationPrinter(flags, context)
  return withRotator(flags, context, async (rotator) => {
    const named = findNamed(rotator, words)
    const { kind, title } = named
    if (compromised) {
      await confirmEmergency(title, flags, context)
      printEmergency(kind.name, printer)
    }
    const { store, journal } = rotator
    if (!compromised && go === undefined) await noteWindow(rotator, kind, printer)
    // A leaked secret waits for no audit log.
    const audit = compromised ? new AuditSpool(rotator.audit) : rotator.audit
    const { signal } = context
    const without = await findLeftOut(rotator, named, { names: flags.without, signal })
    const { rotate } = await openEngine(rotator)
    const command = { command: 'rotate', subject: kind.name, details: overridesOf(flags) }
    const recording = { audit, ...(!compromised && { journal }) }
    const rotated = await recorded(recording, command, () =>
      rotate(kind, {
        ...{ store, journal, audit, compromised, closeStrangers, without, signal },
        ...holdOf(rotator, kind),
        ...(go !== undefined && { go }),
        onEvent: printer.step,
        onTakeOver: (from) => {
          printer.line(...takenOver(from, kind, title))
        },
        onUnaudited: (count) => {
          context.leaveBehind?.()
          printer.line(...leftUnaudited(kind.name, count))
        },
        ...(request !== undefined && { request }),
        ...(fromJournal !== undefined && { fromJournal }),
      }),
    )
    printer.line({ type: 'rotated', ...rotated }, describeRotated(rotated))
  })
}

/** An order of a person waits for no window. */
async function noteWindow(
  { family, journal }: Rotator,
  { kind, name }: RotationKind,
  printer: RotationPrinter,
): Promise<void> {
  const window = family.policy.windows?.[kind]
  if (window === undefined) return
  const now = systemClock.now()
  const opensAt = nextOpening(window, now)
  const [entry] = await journal.entries([name])
  if (opensAt <= now || isOpen(entry?.intent)) return
  const when = `${describeWindow(window)}, which opens at ${new Date(opensAt).toISOString()}`
  printer.note(`${name} is rotated now, outside its window ${when}: it was ordered by name`)
}

const EMERGENCY = 'there is no grace, and every use of an old version is cut off'

/** Asks at a terminal. @throws {StoppedError} unless the operator agrees */
async function confirmEmergency(
  title: string,
  { yes = false, json = false }: RotateFlags,
  context: CliContext,
): Promise<void> {
  const { stdin, stdout } = context.process
  if (yes || json || stdin?.isTTY !== true || stdout.isTTY !== true) return
  if (await isConfirmed(`Rotate ${title} as leaked? ${EMERGENCY} [y/N] `, context)) return
  throw new StoppedError('nothing was done: it was not confirmed')
}

function printEmergency(secret: string, printer: RotationPrinter): void {
  const text = `${secret} has leaked: ${EMERGENCY}`
  printer.line({ type: 'emergency', secret, mode: 'emergency', grace: false }, text)
}

/** The replicas of those names that a secret goes on without. */
function findLeftOut(
  rotator: Rotator,
  { kind: rotation, title }: NamedSecret,
  { names = [], signal }: { readonly names?: readonly string[] | undefined; signal: AbortSignal },
): Promise<readonly Replica[]> {
  const { name: secret, kind } = rotation
  const services = servicesOf(rotation, title, kindsOf(rotator.family).get(kind))
  return findAbsent({ names, services, secret }, rotator.fleet, signal)
}

function overridesOf({
  compromised,
  closeStrangers,
  request,
  go,
  without = [],
  fromJournal,
}: RotateFlags): ErrorDetails {
  return {
    ...(compromised && { compromised }),
    ...(closeStrangers && { closeStrangers }),
    ...(request !== undefined && { request }),
    ...(go !== undefined && { go }),
    ...(without.length > 0 && { without: without.join(' ') }),
    ...(fromJournal !== undefined && { fromJournal }),
  }
}

/** Prints what the rotation of a secret would do now. Changes nothing. */
function planSecret(words: SecretWords, flags: RotateFlags, context: CliContext): Promise<void> {
  return withRotator(flags, context, async (rotator) => {
    const { store, journal } = rotator
    const options = { store, journal, fromJournal: flags.fromJournal, signal: context.signal }
    const found = await planRotation(findNamed(rotator, words).kind, options)
    const plan = flags.compromised ? { ...found, mode: 'emergency' as const } : found
    const isTakenOver = flags.compromised === true && found.mode !== 'emergency'
    const closesAll = flags.closeStrangers === true || plan.mode === 'emergency'
    const text = describePlan(plan, { isTakenOver, closesAll })
    createRotationPrinter(flags, context).line({ type: 'plan', ...plan }, text)
  })
}

const MODES: Readonly<Record<RotationPlan['mode'], string>> = {
  forward: 'would be rotated',
  rollback: 'is being rolled back: the rollback would be finished',
  emergency:
    'would be rotated without grace: without confirm, and every use of an old version is cut off',
}

/** Describes a plan, each step on a line. */
export function describePlan(
  { secret, mode, isOpen, holder, steps, strangers, lacks = [], lateCall }: RotationPlan,
  { isTakenOver, closesAll }: { readonly isTakenOver: boolean; readonly closesAll: boolean },
): string {
  const begun = isOpen ? '; a rotation is open' : ''
  const taken = isTakenOver ? ', from which it would be taken over' : ''
  const held = holder === undefined ? '' : `; held by ${holder}${taken}`
  const lines = steps.map(({ step, isDone, what }) => {
    return `  ${isDone ? 'done ' : 'to do'}  ${step.padEnd(9)}${what}`
  })
  const beside = strangers === undefined ? [] : describeStrangers(strangers, closesAll)
  const refused = lacks.map((right) => `  would be refused: ${right}`)
  const late = lateCall === undefined ? [] : [`  ${lateCall}`]
  return [`${secret} ${MODES[mode]}${begun}${held}`, ...lines, ...refused, ...beside, ...late].join(
    '\n',
  )
}

/** The logins beside the store, and what becomes of them. */
function describeStrangers(
  { recorded, others }: NonNullable<RotationPlan['strangers']>,
  closesAll: boolean,
): string[] {
  const [dropped, rest] = [recorded.join(', '), others.join(', ')]
  const what = closesAll
    ? `would be set to NOLOGIN, their sessions ended: ${rest}`
    : `stay open, since no rotation of this secret made them (--close-strangers closes them): ${rest}`
  return [
    ...(recorded.length > 0
      ? [`  would be dropped, being versions of this secret: ${dropped}`]
      : []),
    ...(others.length > 0 ? [`  ${what}`] : []),
  ]
}

/** Rolls an open rotation back. */
function rollBackSecret(
  words: SecretWords,
  flags: RollBackFlags,
  context: CliContext,
): Promise<void> {
  const printer = createRotationPrinter(flags, context)
  const { signal } = context
  return withRotator(flags, context, async (rotator) => {
    const { store, journal, audit } = rotator
    const { fromJournal, without: names } = flags
    const named = findNamed(rotator, words)
    const { kind } = named
    const without = await findLeftOut(rotator, named, { names, signal })
    const options = {
      ...{ store, journal, audit, signal, without, onEvent: printer.step },
      ...(fromJournal !== undefined && { fromJournal }),
    }
    const details = overridesOf(flags)
    const { rollBack } = await openEngine(rotator)
    const command = { command: 'rollback', subject: kind.name, details }
    const back = await recorded(rotator, command, () => rollBack(kind, options))
    const { secret, version, removed } = back
    const change = removed === undefined ? 'no rotation was open' : `removed ${removed}`
    printer.line({ type: 'rolled-back', ...back }, `${secret} is at ${version}; ${change}`)
  })
}
