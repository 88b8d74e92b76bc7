import { expect, it } from 'vitest'
import { createElapsed } from './clock.ts'

function machine() {
  const times = { wall: 1_700_000_000_000, monotonic: 5_000, uptime: 90_000, asked: 0 }
  const elapsed = createElapsed({
    wall: () => times.wall,
    monotonic: () => times.monotonic,
    uptime: () => {
      times.asked += 1
      return times.uptime
    },
  })
  const pass = (byMs: number) => {
    times.wall += byMs
    times.monotonic += byMs
    times.uptime += byMs
  }
  const suspend = (byMs: number) => {
    times.wall += byMs
    times.uptime += byMs
  }
  return { times, elapsed, pass, suspend, start: elapsed() }
}

it('counts a suspension, which the monotonic clock of the machine does not', () => {
  const { elapsed, pass, suspend, start } = machine()
  pass(1_000)
  suspend(3_600_000)
  expect(elapsed() - start).toBe(3_601_000)
  pass(500)
  expect(elapsed() - start).toBe(3_601_500)
})

it.each([3_600_000, -3_600_000])('does not move when the wall clock is set by %i ms', (byMs) => {
  const { times, elapsed, pass, start } = machine()
  times.wall += byMs
  pass(10)
  expect(elapsed() - start).toBe(10)
})

it('asks for the uptime only when the clocks have parted', () => {
  const { times, elapsed, pass, suspend } = machine()
  const asked = times.asked
  for (let n = 0; n < 1_000; n += 1) {
    pass(1)
    elapsed()
  }
  expect(times.asked).toBe(asked)
  suspend(1_000)
  elapsed()
  elapsed()
  expect(times.asked).toBe(asked + 1)
})
