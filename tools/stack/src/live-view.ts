import type { RotationEvent } from '@rekey/rekey/internal/engine'
import { type Clock, systemClock } from '@rekey/secret'
import { pendingWaits } from '@rekey/secret/internal'
import type { LoadCounts } from './load.ts'
import { type Paint, plain, type Style } from './paint.ts'
import { RotationRow, type Turn } from './rotation-row.ts'
import { type Output, type Part, Screen } from './screen.ts'

/** Shows what happens, as it happens. */
export interface LiveView {
  readonly starting: (what: string) => void
  readonly waiting: (what: string) => void
  readonly rotation: (event: RotationEvent, counts: LoadCounts, turn: Turn) => void
  /** Prints a line of its own. */
  readonly note: (text: string) => void
  /** Prints that something is broken on purpose. */
  readonly fault: (text: string) => void
  /** Prints what the system did about that. */
  readonly outcome: (text: string) => void
  /** Leaves the live line, so that other text can follow, and shows no further waits. */
  readonly end: () => void
}

type Rotations = Pick<LiveView, 'rotation' | 'end'>

/** How long nothing is printed at most where there is no terminal. */
const SILENCE_MS = 10_000

/**
 * Creates a view. Each rotation is one row. A terminal draws it over while the rotation runs; elsewhere it is printed at the end, and after ten silent
 * seconds a line names the current wait.
 */
export function createLiveView(
  output: Output,
  clock: Clock = systemClock,
  paint: Paint = plain,
): LiveView {
  const screen = new Screen(output, clock, paint)
  const print =
    (style: Style, before = '') =>
    (what: string) => {
      screen.print(paint(style, before + what))
    }
  return {
    starting: print('dim', 'starting '),
    waiting: print('dim', 'waiting for '),
    note: (text) => {
      screen.print(text)
    },
    fault: print('yellow'),
    outcome: print('green', '  → '),
    ...(output.isTTY ? inRows(screen, clock) : inLines(screen, clock, paint)),
  }
}

function inRows(screen: Screen, clock: Clock): Rotations {
  let row: RotationRow | undefined
  const settle = () => {
    screen.settle(row?.settled())
    row = undefined
  }
  return {
    rotation(event, counts, turn) {
      if (startsRow(event, row)) settle()
      row ??= new RotationRow(event, counts, turn, clock.elapsed())
      row.note(event, counts, clock.elapsed())
      screen.draw(row.live())
    },
    end: settle,
  }
}

function inLines(screen: Screen, clock: Clock, paint: Paint): Rotations {
  const done = new AbortController()
  let row: RotationRow | undefined
  const text = (parts: readonly Part[]) =>
    parts.map(([words, style]) => (style === undefined ? words : paint(style, words))).join('')
  const settle = () => {
    if (row !== undefined) screen.print(text(row.settled()))
    row = undefined
  }
  const describe = () => {
    const wait = row === undefined ? longestWait() : text(row.live())
    return wait === undefined ? 'still running' : `still waiting: ${wait}`
  }
  // Rejects when the view ends.
  void breakSilence({ screen, clock, describe }, done.signal).catch(() => undefined)
  return {
    rotation(event, counts, turn) {
      if (startsRow(event, row)) settle()
      row ??= new RotationRow(event, counts, turn, clock.elapsed())
      row.note(event, counts, clock.elapsed())
    },
    end() {
      settle()
      done.abort()
    },
  }
}

function startsRow({ secret, step, phase }: RotationEvent, row: RotationRow | undefined): boolean {
  return (step === 'generate' && phase === 'begin') || secret !== row?.name
}

interface Silence {
  readonly screen: Screen
  readonly clock: Clock
  readonly describe: () => string
}

async function breakSilence({ screen, clock, describe }: Silence, signal: AbortSignal) {
  for (;;) {
    await clock.sleep(Math.max(0, SILENCE_MS - screen.silentMs), signal)
    if (screen.silentMs >= SILENCE_MS) screen.print(describe())
  }
}

function longestWait(): string | undefined {
  return pendingWaits()[0]?.what
}
