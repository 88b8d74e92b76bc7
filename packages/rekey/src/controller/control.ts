import { hostname } from 'node:os'
import type { Rotator } from '../family/rotator/open-rotator.ts'
import { RotationError } from '../engine/rotation-error.ts'
import { lead } from '../journal/lead.ts'
import type { RotationPolicy } from '../engine/schedule/due-times.ts'
import { scheduleRotations } from '../engine/schedule/schedule-rotations.ts'
import { type Member, WatchedFamily } from '../commands/members.ts'
import { leaksIn, reportsOf } from '../commands/leaks/leak-reports.ts'
import type { RotationPrinter } from '../commands/rotation-lines.ts'
import { sessionsOf } from '../commands/sessions-of.ts'
import { type DueRun, takeTurns } from '../commands/take-turns.ts'
import type { ControllerPrinter } from './controller-lines.ts'
import type { ControllerState, CountedSessions } from './controller-routes.ts'
import type { TurnLedger } from './turn-ledger.ts'

/** Inputs of {@link control}. */
export interface Control extends Omit<DueRun, 'printer' | 'rotator'> {
  readonly rotator: DueRun['rotator'] & Pick<Rotator, 'fleet'>
  readonly policies: readonly RotationPolicy[]
  readonly printer: ControllerPrinter
  readonly ledger: TurnLedger
  readonly state: ControllerState
  /** How often it looks at all secrets. */
  readonly everyMs: number
  readonly leaseMs: number
}

/**
 * Waits until this process leads, and rotates what is due while it does.
 *
 * @throws the reason of the signal; what a look at the family throws
 */
export async function control(parts: Control): Promise<void> {
  const { rotator, printer, state, ledger, signal, clock, leaseMs } = parts
  const holder = `${hostname()}:${process.pid}`
  const print = printEach(printer)
  const onWait = (leader?: string) => {
    // The journal answers: one that follows is as well as one that leads.
    if (leader !== undefined) state.isFailing = false
    print(leader)
  }
  const leading = { journal: rotator.journal, holder, leaseMs, signal, clock, onWait }
  await lead(leading, async (lost) => {
    printer.line({ type: 'leading', holder }, `${holder} leads`)
    state.isLeading = true
    try {
      await keepRotating(parts, lost)
    } finally {
      ledger.rest()
      state.isLeading = false
      state.hasLooked = false
      state.turns = () => []
      state.ages = () => []
      state.sessions = []
      state.askForLeaks = () => Promise.resolve(new Set())
    }
  })
}

/** Prints each change of the leader. */
function printEach(printer: ControllerPrinter): (leader?: string) => void {
  let shown: string | undefined
  return (leader) => {
    if (shown === (leader ?? '')) return
    shown = leader ?? ''
    const text = leader === undefined ? 'waits: the journal names no leader' : `${leader} leads`
    printer.line({ type: 'following', ...(leader !== undefined && { leader }) }, text)
  }
}

async function keepRotating(parts: Control, signal: AbortSignal): Promise<void> {
  const { rotator, policies, printer, state, ledger, clock, everyMs } = parts
  const watched = new WatchedFamily(rotator, signal)
  const onLook = async () => {
    state.isFailing = false
    state.lookedAt = clock.now()
    for (const { secret, error } of watched.family.unreadable) printer.changes.failed(secret, error)
    printer.changes.endRound()
    state.sessions = await countSessions(watched.family.secrets, signal)
  }
  await watched.look()
  await onLook()
  state.turns = () => scheduleRotations({ ...watched.family, policies, now: new Date(clock.now()) })
  state.ages = () => watched.family.secrets
  state.askForLeaks = (limited) => leakedIn(rotator, watched.family.secrets, limited)
  state.hasLooked = true
  const run = { ...parts, printer: noting(printer.rotation, parts), signal }
  await takeTurns({ run, watched, book: ledger, everyMs, onLook })
}

/** Of each version whose sessions its far side counts; a far side that gives no count has none here. */
async function countSessions(
  secrets: readonly Member[],
  signal: AbortSignal,
): Promise<readonly CountedSessions[]> {
  const counted = secrets.map(async (member) => {
    const versions = await sessionsOf(member, signal)
    if (versions === undefined || 'error' in versions) return []
    const { name: secret, kind } = member
    return versions.map(({ version, clients }) => {
      const sessions = clients.reduce((sum, each) => sum + each.sessions, 0)
      return { secret, kind, version, sessions }
    })
  })
  return (await Promise.all(counted)).flat()
}

async function leakedIn(
  rotator: Control['rotator'],
  secrets: readonly Member[],
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const asked = secrets.map(async (member) => {
    const leaks = leaksIn(await reportsOf(rotator, member, signal), member.staged)
    return leaks.length > 0 ? [member.name] : []
  })
  return new Set((await Promise.all(asked)).flat())
}

/** Has the ledger know which replicas a step waits for, or that do not answer where a turn fails for that, and which secrets an emergency took over, and keeps how long each step takes. */
function noting(printer: RotationPrinter, { rotator, ledger, state }: Control): RotationPrinter {
  const kinds = new Map([...rotator.kinds.values()].map(({ name, kind }) => [name, kind]))
  return {
    ...printer,
    step(event) {
      state.stepTimes.note(event, kinds.get(event.secret) ?? '')
      ledger.noteWait(event)
      printer.step(event)
    },
    failed(secret, error) {
      const { absent, emergency } = error instanceof RotationError ? error.details : {}
      if (secret !== undefined && typeof absent === 'string') ledger.noteAbsent(secret, absent)
      if (secret !== undefined && emergency !== undefined) ledger.noteTakenOver(secret)
      return printer.failed(secret, error)
    },
  }
}
