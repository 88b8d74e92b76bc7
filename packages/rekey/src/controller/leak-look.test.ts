import { createFakeClock } from '@rekey/secret'
import { expect, it } from 'vitest'
import { LeakLook } from './leak-look.ts'

const { signal } = new AbortController()
const settle = () => new Promise((resolve) => setImmediate(resolve))

it('asks once a minute, and returns what the last answer was', async () => {
  const clock = createFakeClock()
  const look = new LeakLook(clock)
  let asked = 0
  const ask = () => Promise.resolve(new Set([`KEY_${(asked += 1)}`]))
  expect([...look.current(ask, signal)]).toEqual([])
  await settle()
  expect([...look.current(ask, signal)]).toEqual(['KEY_1'])
  await clock.advance(60_000)
  look.current(ask, signal)
  await settle()
  expect([...look.current(ask, signal)]).toEqual(['KEY_2'])
})

it('waits for no replica, asks not twice at once, and keeps what it knows where the next answer fails', async () => {
  const clock = createFakeClock()
  const look = new LeakLook(clock)
  look.current(() => Promise.resolve(new Set(['KEY'])), signal)
  await settle()
  await clock.advance(60_000)
  let fail: () => void = () => undefined
  let asked = 0
  const slow = () => {
    asked += 1
    return new Promise<never>((_resolve, reject) => {
      fail = () => {
        reject(new Error('no answer'))
      }
    })
  }
  expect([...look.current(slow, signal)]).toEqual(['KEY'])
  await clock.advance(120_000)
  expect([...look.current(slow, signal)]).toEqual(['KEY'])
  expect(asked).toBe(1)
  fail()
  await settle()
  expect([...look.current(slow, signal)]).toEqual(['KEY'])
})
