import { rollBack, rotate } from '@rekey/rotation'
import { dueRotations, type RotationPolicy, type ScheduledRotation } from '@rekey/rotation/schedule'
import type { Clock } from '@rekey/secret'
import type { Rotator } from '@rekey/family/rotator'
import { describeRotated } from './describe-rotated.ts'
import { describeTurn } from './describe-turn.ts'
import { OVERDUE } from './failure.ts'
import { type Family, type Member, readFamily } from './family.ts'
import type { Printer } from './printer.ts'

/** Inputs of a run over all that is due. */
export interface DueRun {
  readonly rotator: Pick<Rotator, 'store' | 'journal' | 'audit' | 'kinds'>
  readonly policies: readonly RotationPolicy[]
  readonly printer: Printer
  readonly signal: AbortSignal
  readonly clock: Clock
}

/**
 * Rotates what is due, one after the other, and goes on with the others when one fails. What is due is asked anew after each, so
 * that two runs share the work.
 *
 * @returns the exit codes of all that was tried or put off
 */
export async function runDue(run: DueRun): Promise<readonly number[]> {
  const { rotator, policies, printer, signal, clock } = run
  const tried = new Map<string, number>()
  for (;;) {
    const family = await readFamily(rotator, signal)
    const due = dueRotations({ ...family, policies, now: new Date(clock.now()) })
    const left = due.filter(({ secret }) => !tried.has(secret))
    const next = left.find(({ putOff }) => putOff === undefined)
    const member = family.secrets.find(({ name }) => name === next?.secret)
    if (member === undefined) {
      if (tried.size === 0 && left.length === 0) printer.note('nothing is due')
      return [...tried.values(), ...tellRest({ family, left }, run)]
    }
    tried.set(member.name, await takeTurn(member, run))
  }
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
        { ...back, outcome: 'rolled back' },
        `${secret} is rolled back to ${back.version}`,
      )
      return 0
    }
    const request = requestFor(member)
    const rotated = await rotate(rotation, {
      ...options,
      ...(request !== undefined && { request }),
    })
    const line = { ...rotated, outcome: 'rotated' }
    printer.line(line, describeRotated(rotated))
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
    const line = { secret: turn.secret, outcome: 'put off', ...turn.putOff }
    printer.line(line, `${turn.secret} is ${describeTurn(turn, now)}`)
  }
  const exitCodes = family.unreadable.map(({ secret, error }) => printer.failed(secret, error))
  return left.some(({ isOverdue }) => isOverdue) ? [...exitCodes, OVERDUE] : exitCodes
}
