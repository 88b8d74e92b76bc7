import type { Clock } from '@rekey/secret'
import { OVERDUE } from './failure.ts'
import type { RotationPrinter } from './rotation-lines.ts'
import { dueRotations, type RotationPolicy, type ScheduledRotation } from '@rekey/rotation/schedule'
import { describeRotated, describeTurn } from './describe.ts'
import { type Family, familyOf, type Member, WatchedFamily } from './family.ts'
import { rollBack, rotate } from '@rekey/rotation'
import type { Rotator } from '@rekey/family/rotator'

/** Inputs of a run over all that is due. */
export interface DueRun {
  readonly rotator: Pick<Rotator, 'store' | 'journal' | 'audit' | 'kinds'>
  readonly policies: readonly RotationPolicy[]
  readonly printer: RotationPrinter
  readonly signal: AbortSignal
  readonly clock: Clock
  /** How many secrets are rotated side by side. Default 1. */
  readonly atOnce?: number
}

/**
 * Rotates what is due, those of different services side by side, and goes on with the others when one fails. Each is looked at anew
 * before its turn, with those that must not be rotated shortly after each other, so that two runs share the work. When all had their
 * turn, what has come due meanwhile has its.
 *
 * @returns the exit codes of all that was tried or put off
 */
export async function runDue(run: DueRun): Promise<readonly number[]> {
  const { rotator, printer, signal, policies, clock } = run
  const watched = new WatchedFamily(rotator, signal)
  await watched.look()
  const codes = new Map<string, number>()
  for (;;) {
    const { family } = watched
    const due = dueRotations({ ...family, policies, now: new Date(clock.now()) })
    const left = due.filter(({ secret }) => !codes.has(secret))
    const turns = left.filter(({ putOff }) => putOff === undefined)
    const before = codes.size
    await takeTurns(
      turns.map(({ secret }) => secret),
      { run, watched, codes },
    )
    if (codes.size > before) continue
    if (codes.size === 0 && left.length === 0) printer.note('nothing is due')
    return [...codes.values(), ...tellRest({ family: watched.family, left }, run)]
  }
}

/** A run that goes through secrets which are due. */
interface Turns {
  readonly run: DueRun
  readonly watched: WatchedFamily
  /** The exit code of each that was tried. */
  readonly codes: Map<string, number>
}

/** Gives each of these secrets its turn, unless that is over when it comes. */
async function takeTurns(names: readonly string[], { run, watched, codes }: Turns): Promise<void> {
  const waiting = new Set(names)
  const working = new Map<string, WorkedOn>()
  try {
    while (waiting.size > 0 || working.size > 0) {
      const next = working.size < (run.atOnce ?? 1) ? nextOf(waiting, working, watched) : undefined
      if (next !== undefined) {
        waiting.delete(next)
        const member = await lookBefore(next, run, watched)
        if (member === undefined) continue
        working.set(next, { services: member.services, turn: endOf(next, takeTurn(member, run)) })
        continue
      }
      const { name, ...end } = await Promise.race(Array.from(working.values(), ({ turn }) => turn))
      working.delete(name)
      if ('error' in end) throw end.error
      codes.set(name, end.code)
      await watched.look([name])
    }
  } finally {
    await Promise.all(Array.from(working.values(), ({ turn }) => turn))
  }
}

/** A rotation that is under way, and how it ends. */
interface WorkedOn {
  readonly services: readonly string[]
  readonly turn: Promise<End>
}

type End = { readonly name: string } & ({ readonly code: number } | { readonly error: unknown })

/** Never rejects, so that it can be waited for later. */
function endOf(name: string, turn: Promise<number>): Promise<End> {
  return turn.then(
    (code) => ({ name, code }),
    (error: unknown) => ({ name, error }),
  )
}

/** The first that waits and is of no service for which one is worked on. */
function nextOf(
  waiting: ReadonlySet<string>,
  working: ReadonlyMap<string, WorkedOn>,
  watched: WatchedFamily,
): string | undefined {
  const inUse = new Set(Array.from(working.values(), ({ services }) => services).flat())
  for (const name of waiting) {
    const services = watched.member(name)?.services ?? []
    if (!services.some((service) => inUse.has(service))) return name
  }
  return undefined
}

/** Reads a secret anew, and those from which its rotation is kept apart. Returns it if its turn has not passed. */
async function lookBefore(
  name: string,
  { policies, clock }: DueRun,
  watched: WatchedFamily,
): Promise<Member | undefined> {
  const apart = policies.some(({ staggerMs }) => staggerMs > 0) ? neighboursOf(name, watched) : []
  await watched.look([name, ...apart])
  const members = [name, ...apart].flatMap((each) => watched.member(each) ?? [])
  const due = dueRotations({ ...familyOf(members), policies, now: new Date(clock.now()) })
  const turn = due.find(({ secret }) => secret === name)
  return turn === undefined || turn.putOff !== undefined ? undefined : watched.member(name)
}

/** The other secrets of its services. */
function neighboursOf(name: string, watched: WatchedFamily): string[] {
  const services = watched.member(name)?.services ?? []
  return watched.family.secrets
    .filter((other) => other.name !== name && other.services.some((one) => services.includes(one)))
    .map((other) => other.name)
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
