import { setTimeout as delay } from 'node:timers/promises'
import type { Rotator } from '../../family/rotator/open-rotator.ts'
import { AuditSpool } from '../../journal/audit-spool.ts'
import { SecretError } from '@rekey/secret'
import { describeLeak } from '../describe.ts'
import { worstOf } from '../failure.ts'
import { type Member, readMembers } from '../members.ts'
import { type AnswerRun, answerLeak, FOUND } from './answer-leak.ts'
import { printChangesOf } from '../recurring-failures.ts'
import { leaksIn, type ReportedLeak, reportsOf } from './leak-reports.ts'

/** Inputs of a look at what the replicas report. */
export interface LeakRun extends Omit<AnswerRun, 'mode'> {
  readonly rotator: AnswerRun['rotator'] & Pick<Rotator, 'fleet'>
  /** `show`: change nothing; `plan`: print what would be done too. */
  readonly mode: 'show' | AnswerRun['mode']
}

/** A secret whose live versions have leaked. */
interface Leaked {
  readonly member: Member
  readonly leaks: readonly [ReportedLeak, ...ReportedLeak[]]
}

/** The exit code where a replica gave no answer. */
const UNANSWERED = 4

/**
 * Asks every replica for leaks, prints them, and in the mode `rotate` rotates what the family lets it, without grace.
 *
 * @returns the worst exit code: 1 for a leak that is left, 4 for a replica that did not answer
 */
export async function lookForLeaks({ rotator: opened, ...others }: LeakRun): Promise<number> {
  const audit = opened.audit instanceof AuditSpool ? opened.audit : new AuditSpool(opened.audit)
  const rotator = { ...opened, audit }
  const run = { ...others, rotator }
  const { printer, signal, mode } = run
  const family = await readMembers(rotator, signal)
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
  for (const { member, leaks } of found.toSorted((a, b) => waited(a) - waited(b))) {
    if (mode === 'show') codes.push(FOUND)
    else codes.push(await answerLeak({ member, version: leaks[0].version }, { ...run, mode }))
  }
  audit.requireKept()
  return worstOf(codes)
}

async function report({ member, leaks }: Leaked, run: LeakRun): Promise<void> {
  const { rotator, printer, mode, known } = run
  const { title: secret, name } = member
  for (const leak of leaks) {
    const { replica, version, encoding, channel, callSite, count } = leak
    const key = JSON.stringify([name, replica, version, encoding, channel, callSite])
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

/**
 * Looks again and again until the signal. A look that fails is printed when its reason changes and when that is over, and the next one tries again.
 *
 * @throws the reason of the signal if it interrupts a look
 */
export async function keepLooking(run: LeakRun, everyMs: number): Promise<void> {
  const { signal } = run
  const printer = printChangesOf(run.printer)
  while (!signal.aborted) {
    try {
      await lookForLeaks({ ...run, printer })
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof SecretError)) throw error
      printer.failed(undefined, error)
    }
    printer.endRound()
    // Not by the clock of the run, whose timers let a process end.
    await delay(everyMs, undefined, { signal }).catch(() => undefined)
  }
}
