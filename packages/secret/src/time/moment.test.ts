import { expect, it } from 'vitest'
import { createFakeClock } from '../index.ts'
import { Moment } from '../internal.ts'

const HOUR_MS = 3_600_000

it.each([HOUR_MS, -HOUR_MS])(
  'R35 a moment is as long ago when the wall clock is set by %i ms, and the next process finds it as long ago',
  async (byMs) => {
    const clock = createFakeClock()
    const moment = Moment.at(clock)
    const first = moment.wallMs
    await clock.advance(60_000)
    expect(moment.wallMs).toBe(first)
    clock.jump(byMs)
    expect(moment.agoMs).toBe(60_000)
    expect(moment.wallMs).toBe(first + byMs)
    expect(Moment.recorded(clock, moment.wallMs).agoMs).toBe(60_000)
  },
)

it('keeps the recorded time of a moment while the clocks drift, and takes one of the future for now', () => {
  const clock = createFakeClock()
  const moment = Moment.recorded(clock, clock.now() - 10_000)
  clock.jump(900)
  expect(moment).toMatchObject({ agoMs: 10_000, wallMs: clock.now() - 10_900 })
  const future = Moment.recorded(clock, clock.now() + 10_000)
  expect(future).toMatchObject({ agoMs: 0, wallMs: clock.now() })
})
