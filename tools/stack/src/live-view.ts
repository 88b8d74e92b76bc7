import { type Clock, pendingWaits, systemClock } from '@rekey/secret'
import type { RotationEvent } from '@rekey/rotation'
import type { LoadCounts } from './load.ts'
import { type Paint, plain } from './paint.ts'

/** Where progress is shown: a terminal, where a line can be drawn over, or a file, where it cannot. */
export type Output = Pick<NodeJS.WriteStream, 'write' | 'isTTY'>

/** Shows what happens, as it happens. */
export interface LiveView {
  readonly starting: (what: string) => void
  readonly waiting: (what: string) => void
  readonly rotation: (event: RotationEvent, counts: LoadCounts) => void
  /** Prints a line of its own. */
  readonly note: (text: string) => void
  /** Prints that something is broken on purpose. */
  readonly fault: (text: string) => void
  /** Prints what the system did about that. */
  readonly outcome: (text: string) => void
  /** Leaves the live line, so that other text can follow, and shows no further waits. */
  readonly end: () => void
}

/** Drawn over the live line up to the end of it (ECMA-48: erase in line). */
const ERASE = '\r\u001b[K'

/** How long nothing is printed at most where there is no terminal. */
const SILENCE_MS = 10_000

/**
 * Creates a view. On a terminal the line of what is waited for is drawn over; elsewhere a line with it is printed after each ten
 * seconds in which nothing else was.
 */
export function createLiveView(
  output: Output,
  clock: Clock = systemClock,
  paint: Paint = plain,
): LiveView {
  const done = new AbortController()
  let [live, waits, printedAt] = [false, '', clock.elapsed()]
  const line = (text: string) => {
    output.write(`${live ? ERASE : ''}${text}\n`)
    ;[live, waits, printedAt] = [false, '', clock.elapsed()]
  }
  const redraw = (text: string) => {
    waits = text
    if (!output.isTTY) return
    output.write(`${ERASE}${text}`)
    live = true
  }
  const print = (before: string) => (what: string) => {
    line(paint('dim', `${before} ${what}`))
  }
  const silence = {
    sinceMs: () => clock.elapsed() - printedAt,
    end: () => {
      line(`still waiting: ${waits || longestWait()}`)
    },
  }
  // Rejects when the view ends.
  if (!output.isTTY) void breakSilence(silence, clock, done.signal).catch(() => undefined)
  return {
    starting: print('starting'),
    waiting: print('waiting for'),
    note: line,
    fault(text) {
      line(paint('yellow', text))
    },
    outcome(text) {
      line(paint('green', `  → ${text}`))
    },
    rotation({ secret, step, phase, message = '' }, { requests, failures }) {
      const failed = `failures ${failures}`
      const counts = `requests ${String(requests).padStart(6)}  ${failures > 0 ? paint('red', failed) : failed}`
      const row = `${secret.padEnd(34)} ${step.padEnd(9)} ${counts}`
      if (phase === 'waiting') redraw(`${row}  ${message}`)
      else if (phase === 'end') line(row)
    },
    end() {
      done.abort()
      if (live) output.write('\n')
      live = false
    },
  }
}

async function breakSilence(
  silence: { readonly sinceMs: () => number; readonly end: () => void },
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await clock.sleep(Math.max(0, SILENCE_MS - silence.sinceMs()), signal)
    if (silence.sinceMs() >= SILENCE_MS) silence.end()
  }
}

function longestWait(): string {
  const [longest] = pendingWaits()
  return longest === undefined ? 'for nothing that has a name' : longest.what
}
