import { EventEmitter, once } from 'node:events'
import { liveVersions } from '@rekey/secret/internal'
import { SecretError } from '@rekey/secret'
import { readFamily } from '../members.ts'
import { type AnswerRun, answerLeak } from './answer-leak.ts'
import type { Matched } from './match-values.ts'
import { printChangesOf } from '../recurring-failures.ts'

/** A live value that a scanner has found. */
type LiveFinding = Pick<Extract<Matched, { verdict: 'live' }>, 'secret' | 'version'>

/** Live values that a scanner has found, and that wait for their rotation. */
export interface FindingQueue {
  /** Adds a version; one that waits already is there once. */
  add(found: LiveFinding): void
  /**
   * Answers one after the other until the signal. What failed, or has to wait for a limit, is tried again every ten seconds, and with the
   * next finding: the scanner, which has its answer, does not send it again. A failure is printed when its reason changes and when it is over.
   */
  work(run: AnswerRun): Promise<void>
}

const RETRY_MS = 10_000

/**
 * Creates a queue that rotates what a scanner has found, beside the answers to the scanner: a rotation may take longer than the scanner waits. It
 * has no more entries than the store has live versions.
 */
export function createFindingQueue(): FindingQueue {
  const waiting = new Map<string, LiveFinding>()
  const events = new EventEmitter()
  return {
    add({ secret, version }) {
      waiting.set(JSON.stringify([secret, version]), { secret, version })
      events.emit('added')
    },
    async work(run) {
      const { signal, clock } = run
      const printer = printChangesOf(run.printer)
      while (!signal.aborted) {
        for (const [key, found] of waiting) {
          if (!(await isOpenAfter(found, { ...run, printer }))) waiting.delete(key)
        }
        printer.endRound()
        const next = new AbortController()
        const until = AbortSignal.any([signal, next.signal])
        const retry = waiting.size === 0 ? [] : [clock.sleep(RETRY_MS, until)]
        const added = once(events, 'added', { signal: until })
        await Promise.race([added, ...retry]).catch(() => undefined)
        next.abort()
      }
    },
  }
}

/** Answers a finding; gives whether it is to be tried again. */
async function isOpenAfter(
  { secret: title, version }: LiveFinding,
  run: AnswerRun,
): Promise<boolean> {
  const { rotator, printer, signal } = run
  try {
    const { secrets, unreadable } = await readFamily(rotator, signal)
    const member = secrets.find((each) => each.title === title)
    if (member === undefined) {
      const name = rotator.kinds.get(title)?.name
      printer.failed(name, unreadable.find((each) => each.secret === name)?.error)
      return true
    }
    // A message that is sent again may come while its secret is rotated.
    const isLive = liveVersions(member.staged).some((each) => each.version === version)
    return isLive && (await answerLeak({ member, version }, run)).isOpen
  } catch (error) {
    if (!(error instanceof SecretError)) throw error
    printer.failed(undefined, error)
    return true
  }
}
