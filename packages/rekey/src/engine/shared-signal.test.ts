import { getEventListeners } from 'node:events'
import { expect, it } from 'vitest'
import { SharedSignal } from './shared-signal.ts'

/** Signals for as many requests. */
function share(requests: number) {
  const controller = new AbortController()
  const shared = new SharedSignal(controller.signal)
  const given = Array.from({ length: requests }, () => shared.next())
  return { controller, shared, given }
}

it('has one signal for a hundred requests, and one listener beyond them', () => {
  const { controller, given } = share(250)
  const counts = [...new Set(given)].map((each) => given.filter((one) => one === each).length)
  expect(counts).toEqual([100, 100, 50])
  expect(given).not.toContain(controller.signal)
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1)
})

it('ends each request with the reason of the caller, also one that begins after that', () => {
  const { controller, shared, given } = share(100)
  const reason = new Error('it is over')
  controller.abort(reason)
  for (const signal of [...given, shared.next()]) expect(signal.reason).toBe(reason)
})

it('ends no request once it has ended, and leaves no listener behind', () => {
  const { controller, shared, given } = share(1)
  shared.end()
  expect(getEventListeners(controller.signal, 'abort')).toEqual([])
  controller.abort()
  expect(given.map(({ aborted }) => aborted)).toEqual([false])
})
