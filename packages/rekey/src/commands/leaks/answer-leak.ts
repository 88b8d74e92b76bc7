import { toMs } from '../../family/duration.ts'
import type { Rotator } from '../../family/rotator/open-rotator.ts'
import type { Clock } from '@rekey/secret'
import { describeRotated } from '../describe.ts'
import { openEngine } from '../engine.ts'
import { type Members, type Member, readMembers } from '../members.ts'
import { leftUnaudited, takenOver } from '../rotation-lines.ts'
import type { LeakPrinter } from './leak-lines.ts'

/** Inputs of an answer to a leak. */
export interface AnswerRun {
  readonly rotator: Pick<Rotator, 'store' | 'journal' | 'audit' | 'kinds' | 'family'>
  readonly printer: LeakPrinter
  readonly signal: AbortSignal
  readonly clock: Clock
  /** `plan`: print what would be done, and change nothing. */
  readonly mode: 'plan' | 'rotate'
  /** Lines that were printed and recorded before, by the same process. */
  readonly known: Set<string>
}

/** The exit code where something is to be done by a person. */
export const FOUND = 1

/** Rotates without grace a secret of which a live version has leaked, if the family lets it, or prints why not; gives the exit code. */
export async function answerLeak(
  { member, version }: { readonly member: Member; readonly version: string },
  run: AnswerRun,
): Promise<number> {
  const { rotator, printer, signal, clock, mode } = run
  const { title, name } = member
  // Anew for each: the rotation before may have been the last that the limit allows.
  const obstacle = obstacleTo(member, await readMembers(rotator, signal), run)
  if (obstacle !== undefined) {
    const { until, why } = obstacle
    const line = { type: 'left', secret: title, why, ...(until && { until }) } as const
    printer.once(line, `${title}  ${describeLeft(title, obstacle)}`, run.known)
    return FOUND
  }
  if (mode === 'plan') {
    printer.line(
      { type: 'planned', secret: title, version },
      `${title}  would be rotated without grace: rekey leaks rotate`,
    )
    return FOUND
  }
  try {
    const { store, journal, audit } = rotator
    const { rotate } = await openEngine(rotator)
    const rotated = await rotate(member.rotation, {
      ...{ store, journal, audit, signal, clock, compromised: true, onEvent: printer.step },
      onTakeOver: (from) => {
        printer.line(...takenOver(from, member.rotation, title))
      },
      onUnaudited: (count) => {
        printer.line(...leftUnaudited(name, count))
      },
      // Two runs that found the same leak ask with one key: the later one is given the result of the other.
      request: `leak-${version}`,
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
  { secrets }: Members,
  { rotator: { family }, clock }: AnswerRun,
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
