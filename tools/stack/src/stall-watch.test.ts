import { createFakeClock } from '@rekey/secret'
import { expect, it } from 'vitest'
import { StallError, watchForStall } from './stall-watch.ts'

const STALL_MS = 5_000

function watch() {
  const clock = createFakeClock()
  const counts = { requests: 0 }
  const stop = new AbortController()
  let outcome: unknown
  const options = { requests: () => counts.requests, stallMs: STALL_MS, clock }
  watchForStall(options, stop.signal).then(
    (stall) => {
      outcome = stall
    },
    (reason: unknown) => {
      outcome = reason
    },
  )
  return { clock, counts, stop, outcome: () => outcome }
}

it('reports a stall when no request ends for five seconds', async () => {
  const { clock, counts, outcome } = watch()
  await clock.advance(4_000)
  counts.requests = 1_022
  await clock.advance(4_500)
  expect(outcome()).toBeUndefined()
  await clock.advance(1_500)
  expect(outcome()).toBeInstanceOf(StallError)
  expect(outcome()).toMatchObject({ message: 'no request was answered for 5 s, after 1022' })
})

it('reports none while requests end, and none after it was stopped', async () => {
  const { clock, counts, stop, outcome } = watch()
  for (let second = 0; second < 20; second += 1) {
    counts.requests += 1
    await clock.advance(1_000)
  }
  expect(outcome()).toBeUndefined()
  const reason = new Error('stopped')
  stop.abort(reason)
  await clock.advance(10_000)
  expect(outcome()).toBe(reason)
})

it('does not count the time in which the machine was suspended', async () => {
  const { clock, outcome } = watch()
  await clock.advance(1_000)
  clock.suspend(60_000)
  await clock.advance(2_000)
  expect(outcome()).toBeUndefined()
})
