import { setTimeout as delay } from 'node:timers/promises'
import { toMs } from '@rekey/family'
import type { Rotator } from '@rekey/family/rotator'
import { rotate } from '@rekey/rotation'
import { type Clock, SecretError } from '@rekey/secret'
import { describeLeak, describeRotated } from '../describe.ts'
import { worstOf } from '../failure.ts'
import { type Family, type Member, readFamily } from '../family.ts'
import type { LeakPrinter } from './leak-lines.ts'
import { leaksIn, type ReportedLeak, reportsOf } from './leak-reports.ts'

/** Inputs of a look at what the replicas report. */
export interface LeakRun {
  readonly rotator: Pick<Rotator, 'store' | 'journal' | 'audit' | 'kinds' | 'fleet' | 'family'>
  readonly printer: LeakPrinter
  readonly signal: AbortSignal
  readonly clock: Clock
  /** `show`: change nothing; `plan`: print what would be done too. */
  readonly mode: 'show' | 'plan' | 'rotate'
  /** Lines that were printed and recorded before, by an earlier look of the same process. */
  readonly known: Set<string>
}

/** A secret whose live versions have leaked. */
interface Leaked {
  readonly member: Member
  readonly leaks: readonly [ReportedLeak, ...ReportedLeak[]]
}

/** The exit code where something is to be done by a person. */
const FOUND = 1
/** The exit code where a replica gave no answer. */
const UNANSWERED = 4

/**
 * Asks every replica for leaks, prints them, and in the mode `rotate` rotates what the family lets it, without grace.
 *
 * @returns the worst exit code: 1 for a leak that is left, 4 for a replica that did not answer
 */
export async function lookForLeaks(run: LeakRun): Promise<number> {
  const { rotator, printer, signal, mode } = run
  const family = await readFamily(rotator, signal)
  const codes = family.unreadable.map(({ secret, error }) => printer.failed(secret, error))
  const found: Leaked[] = []
  for (const member of family.secrets) {
    const answers = await reportsOf(rotator, member, signal)
    for (const { replica, ack, problem } of answers) {
      if (ack !== undefined) continue
      codes.push(UNANSWERED)
      printer.silent(member, { replica, problem }, run.known)
    }
    const [first, ...others] = leaksIn(answers, member.staged)
    if (first === undefined) continue
    const leaked: Leaked = { member, leaks: [first, ...others] }
    await report(leaked, run)
    found.push(leaked)
  }
  // One that leaks again and again must not use up the limit of the others.
  const waited = ({ member: { entry } }: Leaked) => entry?.at.getTime() ?? 0
  for (const leaked of found.toSorted((a, b) => waited(a) - waited(b))) {
    codes.push(mode === 'show' ? FOUND : await answer(leaked, run))
  }
  return worstOf(codes)
}

async function report({ member, leaks }: Leaked, run: LeakRun): Promise<void> {
  const { rotator, printer, mode, known } = run
  const { title: secret, name } = member
  for (const leak of leaks) {
    const { replica, version, encoding, channel, callSite, count } = leak
    const key = JSON.stringify([name, replica, version, encoding, channel])
    if (known.has(key)) continue
    known.add(key)
    printer.line({ type: 'leak', secret, name, ...leak }, `${secret}  LEAK: ${describeLeak(leak)}`)
    if (mode !== 'rotate') continue
    const details = {
      ...{ replica, encoding, count },
      ...(channel !== undefined && { channel }),
      ...(callSite !== undefined && { callSite }),
    }
    const event = { actor: 'rekey leaks', action: 'leak', subject: name, version } as const
    await rotator.audit.record({ ...event, outcome: 'refused', details })
  }
}

/** Rotates a secret, or prints why not. */
async function answer(leaked: Leaked, run: LeakRun): Promise<number> {
  const { rotator, printer, signal, clock, mode } = run
  const { member, leaks } = leaked
  const { title, name } = member
  // Anew for each: the rotation before may have been the last that the limit allows.
  const obstacle = obstacleTo(member, await readFamily(rotator, signal), run)
  if (obstacle !== undefined) {
    const { until, why } = obstacle
    const line = { type: 'left', secret: title, why, ...(until && { until }) } as const
    printer.once(line, `${title}  ${describeLeft(title, obstacle)}`, run.known)
    return FOUND
  }
  if (mode === 'plan') {
    printer.line(
      { type: 'planned', secret: title, version: leaks[0].version },
      `${title}  would be rotated without grace: rekey leaks rotate`,
    )
    return FOUND
  }
  try {
    const { store, journal, audit } = rotator
    const rotated = await rotate(member.rotation, {
      ...{ store, journal, audit, signal, clock, compromised: true, onEvent: printer.step },
      // Two runs that found the same leak ask with one key: the later one is given the result of the other.
      request: `leak-${leaks[0].version}`,
    })
    printer.line({ type: 'rotated', ...rotated }, describeRotated(rotated))
    return 0
  } catch (error) {
    signal.throwIfAborted()
    return printer.failed(name, error)
  }
}

/** Why a leaked secret is left to a person. */
type Why = 'not in policy' | 'rotated before' | 'too many'

interface Obstacle {
  readonly why: Why
  /** Absent where time changes nothing. */
  readonly until?: Date
}

/**
 * The limits keep one who can make a service print from knocking the family out. They are counted in the journal, so that they hold for
 * all runs together and outlive each.
 */
function obstacleTo(
  { name, rotation: { kind } }: Member,
  { secrets }: Family,
  { rotator: { family }, clock }: LeakRun,
): Obstacle | undefined {
  const { leaks } = family.policy
  if (!leaks?.rotate.includes(kind)) return { why: 'not in policy' }
  const everyMs = toMs(leaks.every)
  const endOf = ({ entry }: Member) => new Date((entry?.at.getTime() ?? 0) + everyMs)
  const recent = secrets.filter((each) => {
    const wasUrgent = each.entry?.intent?.mode === 'emergency'
    return wasUrgent && endOf(each).getTime() > clock.now()
  })
  const own = recent.find((each) => each.name === name)
  // One that was interrupted goes on.
  if (own?.entry?.intent?.outcome === undefined && own !== undefined) return undefined
  if (own !== undefined) return { why: 'rotated before', until: endOf(own) }
  if (recent.length < leaks.atMost) return undefined
  const ends = recent.map((each) => endOf(each).getTime()).toSorted((a, b) => a - b)
  return { why: 'too many', until: new Date(ends[recent.length - leaks.atMost] ?? 0) }
}

const REASONS: Readonly<Record<Why, string>> = {
  'not in policy': 'policy.leaks.rotate of the family does not name its kind',
  'rotated before': 'it was rotated without grace a short while ago',
  'too many': 'as many secrets as policy.leaks.atMost allows were rotated without grace',
}

function describeLeft(title: string, { why, until }: Obstacle): string {
  const wait = until === undefined ? '' : ` (until ${until.toISOString()})`
  return `is left to you: ${REASONS[why]}${wait}; mend what prints it, then: rekey rotate ${title} --compromised`
}

/**
 * Looks again and again until the signal; a look that fails is printed, and the next one tries again.
 *
 * @throws the reason of the signal if it interrupts a look
 */
export async function keepLooking(run: LeakRun, everyMs: number): Promise<void> {
  const { signal, printer } = run
  while (!signal.aborted) {
    try {
      await lookForLeaks(run)
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof SecretError)) throw error
      printer.failed(undefined, error)
    }
    // Not by the clock of the run, whose timers let a process end.
    await delay(everyMs, undefined, { signal }).catch(() => undefined)
  }
}
