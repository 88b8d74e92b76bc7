import type { FakeClock } from '../../src/internal.ts'

/** Lets the time pass that a step waits. */
export async function through<T>(work: Promise<T>, clock: FakeClock): Promise<T> {
  const state = { isOver: false }
  const end = () => {
    state.isOver = true
  }
  work.then(end, end)
  for (;;) {
    await new Promise(setImmediate)
    if (state.isOver) return work
    await clock.advance(100)
  }
}
