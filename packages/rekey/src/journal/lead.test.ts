import { hostname } from 'node:os'
import { createFakeClock, SecretError } from '@rekey/secret'
import { expect, it } from 'vitest'
import { createMemoryJournal, RotationError, type RotationJournal } from '../engine/index.ts'
import { lead, LEADERSHIP } from './lead.ts'

const LEASE_MS = 30_000

/** A process that leads, or waits to, in a journal of which a test changes parts. */
function start(
  change: (journal: RotationJournal) => Partial<RotationJournal> = () => ({}),
  clock = createFakeClock(),
  inner = createMemoryJournal(clock),
) {
  const stop = new AbortController()
  const waits: (string | undefined)[] = []
  const journal = { ...inner, ...change(inner) }
  const onWait = (leader: string | undefined) => void waits.push(leader)
  const parts = { journal, leaseMs: LEASE_MS, signal: stop.signal, clock, onWait }
  const state = { turns: 0, end: (): void => undefined, lost: false }
  const led = lead(parts, async (lost) => {
    state.turns += 1
    lost.addEventListener('abort', () => (state.lost = true))
    await new Promise<void>((resolve, reject) => {
      state.end = resolve
      lost.addEventListener('abort', () => {
        reject(lost.reason as Error)
      })
    })
    return 'done'
  })
  const end = async () => {
    stop.abort(new Error('stopped'))
    await led.catch(() => undefined)
  }
  return { clock, inner, parts, waits, state, led, end }
}

const times = (most: number, failure: () => Error) => (inner: RotationJournal) => {
  let left = most
  const claim: RotationJournal['claim'] = (...request) => {
    left -= 1
    return left >= 0 ? Promise.reject(failure()) : inner.claim(...request)
  }
  return { claim }
}

it('a process leads under its host and number, until its work is done', async () => {
  const { clock, inner, state, led } = start()
  await clock.advance(0)
  const holder = `${hostname()}:${process.pid}`
  expect(await inner.entries([LEADERSHIP])).toMatchObject([{ holder }])
  state.end()
  expect(await led).toBe('done')
  expect((await inner.entries([LEADERSHIP]))[0]).not.toHaveProperty('holder')
})

it('a process that waits looks again after each third of the lease, and names the leader', async () => {
  const { clock, inner, waits, state, end } = start((journal) => {
    void journal.claim(LEADERSHIP, 'other', 2 * LEASE_MS)
    return {}
  })
  await clock.advance(0)
  await clock.advance(2 * LEASE_MS - 1)
  expect(waits).toEqual(Array.from({ length: 6 }, () => 'other'))
  expect(state.turns).toBe(0)
  await clock.advance(1)
  expect(state.turns).toBe(1)
  expect(await inner.entries([LEADERSHIP])).not.toMatchObject([{ holder: 'other' }])
  await end()
})

it.each([
  ['cannot be reached', () => new SecretError('unreachable', 'no answer')],
  ['gives the lease to another', () => new RotationError('busy', LEADERSHIP, 'another leads')],
])('a process waits while the journal %s', async (_, failure) => {
  const { clock, waits, state, end } = start(times(2, failure))
  await clock.advance(0)
  await clock.advance(LEASE_MS)
  expect([waits, state.turns]).toEqual([[undefined, undefined], 1])
  await end()
})

it.each([
  ['refuses the lease', () => new SecretError('forbidden', 'no right')],
  ['is another one', () => new RotationError('other-journal', LEADERSHIP, 'another journal')],
  ['is at fault', () => new TypeError('fault')],
])('a process ends where the journal %s', async (_, failure) => {
  const { led, waits } = start(times(1, failure))
  await expect(led).rejects.toThrow(failure().message)
  expect(waits).toEqual([])
})

it('a leader that cannot be named is waited for all the same', async () => {
  const away = () => Promise.reject(new SecretError('unreachable', 'no answer'))
  const busy = times(1, () => new RotationError('busy', LEADERSHIP, 'another leads'))
  const { clock, waits, state, end } = start((inner) => ({ ...busy(inner), entries: away }))
  await clock.advance(0)
  expect(waits).toEqual([undefined])
  await clock.advance(LEASE_MS / 3)
  expect(state.turns).toBe(1)
  await end()
})

it('a fault at the look for the leader is not hidden', async () => {
  const busy = times(1, () => new RotationError('busy', LEADERSHIP, 'another leads'))
  const entries = () => Promise.reject(new TypeError('fault'))
  const { led } = start((inner) => ({ ...busy(inner), entries }))
  await expect(led).rejects.toThrow('fault')
})

it('a process needs not be told of its waits', async () => {
  const { clock, parts, end } = start()
  await clock.advance(0)
  const { journal, leaseMs } = parts
  const { signal } = new AbortController()
  let isLeading = false
  const led = lead({ journal, leaseMs, signal, clock }, () => {
    isLeading = true
    return Promise.resolve()
  })
  await clock.advance(0)
  await end()
  await clock.advance(LEASE_MS / 3)
  await led
  expect(isLeading).toBe(true)
})

it('a leader whose lease was taken over waits again, and leads again', async () => {
  const { clock, inner, waits, state, end } = start()
  await clock.advance(0)
  clock.suspend(LEASE_MS)
  const other = await inner.claim(LEADERSHIP, 'other', LEASE_MS)
  await clock.advance(LEASE_MS / 3)
  expect([state.lost, waits]).toEqual([true, ['other']])
  await other.release()
  await clock.advance(LEASE_MS / 3)
  expect(state.turns).toBe(2)
  await end()
})

it('a failure of the work ends a process that leads', async () => {
  const { parts } = start()
  const journal = createMemoryJournal(parts.clock)
  const busy = new RotationError('busy', 'NAME', 'another rotates it')
  await expect(lead({ ...parts, journal }, () => Promise.reject(busy))).rejects.toBe(busy)
})
