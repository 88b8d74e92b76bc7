import { type Clock, systemClock } from '@rekey/secret'
import type { CliContext, WaitingFlags } from './cli-context.ts'
import { OVERDUE, worstOf } from './failure.ts'
import { readPolicies } from './policy-file.ts'
import { createRotationPrinter, type RotationPrinter } from './rotation-lines.ts'
import { withRotator } from './with-rotator.ts'
import {
  dueRotations,
  type RotationPolicy,
  type ScheduledRotation,
  scheduleRotations,
} from '@rekey/rotation/schedule'
import { describeRotated, describeTurn } from './describe.ts'
import {
  type Family,
  type KnownEnds,
  type Member,
  readFamily,
  withEnds,
  withRead,
} from './family.ts'
import { rollBack, rotate } from '@rekey/rotation'
import type { Rotator } from '@rekey/family/rotator'

/** `rekey rotate --due`: rotates all that is due. The exit code is the worst of all. */
export async function rotateDue(flags: DueFlags, context: CliContext): Promise<void> {
  const { process, signal } = context
  const printer = createRotationPrinter(flags, context)
  const policiesOf = await readPolicies(flags.policy)
  await withRotator(flags, context, async (rotator) => {
    const policies = policiesOf(rotator.family)
    const run = { rotator, policies, printer, signal, clock: systemClock }
    process.exitCode = worstOf(await runDue(run))
  })
}

/** Flags of the commands that ask what is due. */
export interface DueFlags extends WaitingFlags {
  /** The file of {@link readPolicies}. */
  readonly policy?: string
}

/** `rekey rotate --due --plan`: when each secret's turn is. Changes nothing; the exit code shows whether one is overdue. */
export async function planDue(flags: DueFlags, context: CliContext): Promise<void> {
  const { process, signal } = context
  const printer = createRotationPrinter(flags, context)
  const policiesOf = await readPolicies(flags.policy)
  await withRotator(flags, context, async (rotator) => {
    const policies = policiesOf(rotator.family)
    const read = await readFamily(rotator, signal)
    const { unreadable, ...family } = await withEnds(read, signal)
    const now = new Date(systemClock.now())
    const turns = scheduleRotations({ ...family, policies, now })
    for (const turn of turns) {
      printer.line({ type: 'turn', ...turn }, `${turn.secret.padEnd(34)}${describeTurn(turn, now)}`)
    }
    const exitCodes = unreadable.map(({ secret, error }) => printer.failed(secret, error))
    if (turns.some(({ isOverdue }) => isOverdue)) exitCodes.push(OVERDUE)
    process.exitCode = worstOf(exitCodes)
  })
}

/** Inputs of a run over all that is due. */
export interface DueRun {
  readonly rotator: Pick<Rotator, 'store' | 'journal' | 'audit' | 'kinds'>
  readonly policies: readonly RotationPolicy[]
  readonly printer: RotationPrinter
  readonly signal: AbortSignal
  readonly clock: Clock
}

/**
 * Rotates what is due, one after the other, and goes on with the others when one fails. Each is looked at anew before its turn, with
 * those that must not be rotated shortly after each other, so that two runs share the work.
 *
 * @returns the exit codes of all that was tried or put off
 */
export async function runDue(run: DueRun): Promise<readonly number[]> {
  const { rotator, policies, printer, signal } = run
  const tried = new Map<string, number>()
  const ends: KnownEnds = new Map()
  const read = async (names?: readonly string[]) =>
    withEnds(await readFamily(rotator, signal, names), signal, ends)
  let family = await read()
  const lookAgain = async (names: readonly string[]) => {
    family = withRead(family, names, await read(names))
  }
  for (;;) {
    const { left, next } = leftOf(family, tried, run)
    if (next === undefined) {
      if (tried.size === 0 && left.length === 0) printer.note('nothing is due')
      return [...tried.values(), ...tellRest({ family, left }, run)]
    }
    await lookAgain([next.name, ...keptApart(next, family, policies)])
    const member = leftOf(family, tried, run).next
    if (member?.name !== next.name) continue
    tried.set(member.name, await takeTurn(member, run))
    await lookAgain([member.name])
  }
}

/** The secrets that are due and were not tried, and the one whose turn it is. */
function leftOf(
  family: Family,
  tried: ReadonlyMap<string, number>,
  { policies, clock }: DueRun,
): { left: readonly ScheduledRotation[]; next: Member | undefined } {
  const due = dueRotations({ ...family, policies, now: new Date(clock.now()) })
  const left = due.filter(({ secret }) => !tried.has(secret))
  const turn = left.find(({ putOff }) => putOff === undefined)
  return { left, next: family.secrets.find(({ name }) => name === turn?.secret) }
}

/** The secrets of the same services, if there is a time for which their rotations are kept apart. */
function keptApart(
  next: Member,
  { secrets }: Family,
  policies: readonly RotationPolicy[],
): readonly string[] {
  if (policies.every(({ staggerMs }) => staggerMs === 0)) return []
  return secrets
    .filter(
      ({ name, services }) => name !== next.name && services.some((s) => next.services.includes(s)),
    )
    .map(({ name }) => name)
}

/** Gives the exit code of this one rotation. */
async function takeTurn(
  member: Member,
  { rotator, printer, signal, clock }: DueRun,
): Promise<number> {
  const { store, journal, audit } = rotator
  const options = { store, journal, audit, signal, clock, onEvent: printer.step }
  const { name: secret, rotation, intent } = member
  try {
    if (intent?.mode === 'rollback') {
      const back = await rollBack(rotation, options)
      printer.line(
        { type: 'rolled-back', ...back, outcome: 'rolled back' },
        `${secret} is rolled back to ${back.version}`,
      )
      return 0
    }
    const request = requestFor(member)
    const rotated = await rotate(rotation, {
      ...options,
      ...(request !== undefined && { request }),
    })
    printer.line({ type: 'rotated', ...rotated, outcome: 'rotated' }, describeRotated(rotated))
    return 0
  } catch (error) {
    signal.throwIfAborted()
    return printer.failed(secret, error)
  }
}

/** Two runs that found the same version due ask with one key: the later one is given the result of the other. */
function requestFor({ open, intent, staged }: Member): string | undefined {
  return open ? intent?.request : `due-${staged.current.version}`
}

/** Names what was put off and what cannot be read, and gives their exit codes. */
function tellRest(
  { family, left }: { family: Family; left: readonly ScheduledRotation[] },
  { printer, clock }: DueRun,
): number[] {
  const now = new Date(clock.now())
  for (const turn of left) {
    const { secret, putOff } = turn
    const text = `${secret} is ${describeTurn(turn, now)}`
    printer.line({ type: 'put-off', secret, outcome: 'put off', ...putOff }, text)
  }
  const exitCodes = family.unreadable.map(({ secret, error }) => printer.failed(secret, error))
  return left.some(({ isOverdue }) => isOverdue) ? [...exitCodes, OVERDUE] : exitCodes
}
