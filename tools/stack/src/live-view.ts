import { type Clock, pendingWaits, systemClock } from '@rekey/secret'
import type { RotationEvent } from '@rekey/rotation'
import type { LoadCounts } from './load.ts'
import { type Paint, plain, type Style } from './paint.ts'

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
  const screen = new Screen(output, clock)
  const print =
    (style: Style, before = '') =>
    (what: string) => {
      screen.print(paint(style, before + what))
    }
  // Rejects when the view ends.
  if (!output.isTTY) void breakSilence(screen, clock, done.signal).catch(() => undefined)
  return {
    starting: print('dim', 'starting '),
    waiting: print('dim', 'waiting for '),
    note: (text) => {
      screen.print(text)
    },
    fault: print('yellow'),
    outcome: print('green', '  → '),
    rotation(event, counts) {
      const row = formatRow(event, counts, paint)
      if (event.phase === 'waiting') screen.draw(`${row}  ${event.message ?? ''}`)
      else if (event.phase === 'end') screen.print(row)
    },
    end() {
      done.abort()
      screen.leave()
    },
  }
}

/** Lines, of which the last can be drawn over on a terminal. */
class Screen {
  readonly #output: Output
  readonly #clock: Clock
  #live = false
  #waits = ''
  #printedAt: number

  constructor(output: Output, clock: Clock) {
    this.#output = output
    this.#clock = clock
    this.#printedAt = clock.elapsed()
  }

  /** How long nothing was printed. */
  get silentMs(): number {
    return this.#clock.elapsed() - this.#printedAt
  }

  print(text: string): void {
    this.#output.write(`${this.#live ? ERASE : ''}${text}\n`)
    this.#live = false
    this.#waits = ''
    this.#printedAt = this.#clock.elapsed()
  }

  /** Draws the live line. Where there is no terminal it is kept for {@link printWait}. */
  draw(text: string): void {
    this.#waits = text
    if (!this.#output.isTTY) return
    this.#output.write(`${ERASE}${text}`)
    this.#live = true
  }

  printWait(): void {
    this.print(`still waiting: ${this.#waits || longestWait()}`)
  }

  leave(): void {
    if (this.#live) this.#output.write('\n')
    this.#live = false
  }
}

function formatRow(
  { secret, step }: RotationEvent,
  { requests, failures }: LoadCounts,
  paint: Paint,
): string {
  const words = `failures ${failures}`
  const failed = failures > 0 ? paint('red', words) : words
  return `${secret.padEnd(34)} ${step.padEnd(9)} requests ${String(requests).padStart(6)}  ${failed}`
}

async function breakSilence(screen: Screen, clock: Clock, signal: AbortSignal): Promise<void> {
  for (;;) {
    await clock.sleep(Math.max(0, SILENCE_MS - screen.silentMs), signal)
    if (screen.silentMs >= SILENCE_MS) screen.printWait()
  }
}

function longestWait(): string {
  const [longest] = pendingWaits()
  return longest === undefined ? 'for nothing that has a name' : longest.what
}
