import { expect, it } from 'vitest'
import { createFakeClock, systemClock } from '../index.ts'

it('wakes sleepers in the order of their times', async () => {
  const clock = createFakeClock()
  const woken: number[] = []
  for (const delayMs of [300, 100, 200]) void clock.sleep(delayMs).then(() => woken.push(delayMs))
  await clock.advance(250)
  expect(woken).toEqual([100, 200])
})

it('does not wake sleepers when only the wall clock jumps', async () => {
  const clock = createFakeClock()
  let woken = false
  void clock.sleep(1_000).then(() => (woken = true))
  clock.jump(3_600_000)
  await clock.advance(1)
  expect(woken).toBe(false)
})

it('measures on while suspended, when no sleeper wakes, and not when the wall clock jumps', async () => {
  const clock = createFakeClock()
  const [elapsed, wall] = [clock.elapsed(), clock.now()]
  let woken = false
  void clock.sleep(1_000).then(() => (woken = true))
  clock.suspend(3_600_000)
  clock.jump(-60_000)
  await clock.advance(999)
  expect(clock.elapsed() - elapsed).toBe(3_600_999)
  expect(clock.now() - wall).toBe(3_540_999)
  expect(woken).toBe(false)
  await clock.advance(1)
  expect(woken).toBe(true)
})

it('measures how long something took', async () => {
  const start = systemClock.elapsed()
  await systemClock.sleep(100)
  expect(systemClock.elapsed() - start).toBeGreaterThanOrEqual(80)
  expect(systemClock.elapsed() - start).toBeLessThan(60_000)
})

it('does not fire at once for a wait above 24.8 days', async () => {
  const outcome = systemClock.sleep(2 ** 32, AbortSignal.timeout(50))
  await expect(outcome).rejects.toThrow(expect.objectContaining({ name: 'TimeoutError' }))
})

it('stops waiting when its signal aborts', async () => {
  const stop = new AbortController()
  const waiting = systemClock.sleep(60_000, stop.signal)
  stop.abort(new Error('stopped'))
  await expect(waiting).rejects.toThrow('stopped')
})
