import { expect, it } from 'vitest'
import { createFakeClock, SecretError } from '../index.ts'
import type { VersionRejection } from '../internal.ts'
import type { StepContext } from './index.ts'
import {
  type Answer,
  awaitBarrier,
  type Fleet,
  type FleetQuestion,
  lookUntil,
  patienceOf,
  reaches,
} from './internal.ts'
import { through } from '../../test/kind/through.support.ts'

const VERSION = { version: '2' }
const urlOf = (n: number) => `http://10.0.0.${n}:9090`

interface Reported {
  readonly loaded?: readonly string[]
  readonly rejections?: readonly VersionRejection[]
  readonly problem?: string
  readonly absence?: string
}

/** The answer of a replica; of one that does not answer, nothing is loaded. */
function answerOf(n: number, { loaded, rejections, ...why }: Reported = {}): Answer {
  const versions = loaded?.map((version) => ({ stage: 'pending', version }))
  const replica = { service: 'shop', url: '', healthUrl: urlOf(n) }
  return { replica, ack: versions && ({ versions, rejections } as never), ...why }
}

const THERE = { loaded: ['1', '2'] }
const LATE = { loaded: ['1'] }
const REJECTION: VersionRejection = {
  ...{ version: '2', by: 'probe', reason: 'rejected', details: { host: 'db' } },
} as never
const REJECTING = { ...LATE, rejections: [REJECTION] }

interface SetUp {
  readonly looks: readonly (readonly Answer[] | SecretError)[]
  readonly compromised?: boolean
  readonly deadlineMs?: number
  readonly leftBehind?: Map<string, Answer>
}

/** Waits until all have loaded the version; each look takes the next answers, and the last ones for good. */
async function awaitLoaded({ looks, compromised = false, deadlineMs = 2_000, leftBehind }: SetUp) {
  const clock = createFakeClock()
  const begun = clock.elapsed()
  const asked: FleetQuestion[] = []
  const fleet: Fleet = {
    replicas: () => Promise.resolve([]),
    acknowledgements(question) {
      const answers = looks[Math.min(asked.length, looks.length - 1)] ?? []
      asked.push({ ...question, known: new Map(question.known) })
      if (answers instanceof SecretError) return Promise.reject(answers)
      const known = (answer: Answer) => question.known?.get(answer.replica.healthUrl) ?? answer
      return Promise.resolve(answers.map(known))
    },
  }
  const said: (readonly [message: string, urls?: readonly string[]])[] = []
  const { signal } = new AbortController()
  const context = {
    ...{ clock, signal, compromised, leftBehind },
    waiting: (...each: (typeof said)[number]) => void said.push(each),
  } as Partial<StepContext> as StepContext
  const condition = {
    ...{ fleet, secret: 'KEY', deadlineMs, pollMs: 100, service: 'shop', what: 'load it' },
    ...{ version: VERSION, ...reaches('loaded', VERSION) },
  }
  const error: unknown = await through(awaitBarrier(condition, context), clock).catch(
    (thrown: unknown) => thrown,
  )
  return { error, asked, said, ms: clock.elapsed() - begun }
}

it('asks each replica for the version, and lets it wait with its answer for a second, or for what is left', async () => {
  const { asked } = await awaitLoaded({ looks: [[answerOf(1, LATE)]], deadlineMs: 1_100 })
  const question = { secret: 'KEY', service: 'shop', awaited: { state: 'loaded', version: '2' } }
  expect(asked[0]).toMatchObject({ ...question, waitMs: 1_000 })
  expect(asked.map(({ waitMs }) => waitMs).slice(-3)).toEqual([200, 100, 0])
})

it('asks only those that are late again, and all at the end', async () => {
  const [there, late] = [answerOf(1, THERE), answerOf(2, LATE)]
  const { asked, said } = await awaitLoaded({
    looks: [
      [there, late],
      [there, answerOf(2, THERE)],
    ],
  })
  expect(asked.map(({ known }) => [...(known?.keys() ?? [])])).toEqual([[], [urlOf(1)], []])
  expect(said).toEqual([['waiting for 1 of 2 replicas to load it', [urlOf(2)]]])
})

it('a barrier holds for the replicas of its end: one that was there before, and is restarted without the version, is waited for', async () => {
  const [there, caughtUp] = [answerOf(1, THERE), answerOf(2, THERE)]
  const all = [there, caughtUp]
  const restarted = [answerOf(1, LATE), caughtUp]
  const { asked } = await awaitLoaded({ looks: [[there, answerOf(2, LATE)], all, restarted, all] })
  expect(asked).toHaveLength(5)
})

it.each([
  ['has not loaded it', LATE, urlOf(2), {}],
  ['does not answer', {}, urlOf(2), { absent: urlOf(2) }],
  [
    'is cut off',
    { absence: 'its TLS handshake was cut' },
    `${urlOf(2)} (its TLS handshake was cut)`,
    { absent: urlOf(2) },
  ],
  ['answers something else', { problem: 'it has no KEY' }, `${urlOf(2)} (it has no KEY)`, {}],
])('names a replica that %s when the time is over', async (_, reported, named, details) => {
  const { error, ms } = await awaitLoaded({ looks: [[answerOf(1, THERE), answerOf(2, reported)]] })
  expect(error).toMatchObject({
    ...{ code: 'unreachable', message: `${named} did not load it within 2 s`, details },
  })
  expect((error as SecretError).details).toEqual(details)
  expect(ms).toBe(2_000)
})

it('names all that are late when the time is over', async () => {
  const { error } = await awaitLoaded({ looks: [[answerOf(1), answerOf(2)]], deadlineMs: 100 })
  expect(error).toMatchObject({
    message: `${urlOf(1)}, ${urlOf(2)} did not load it within 100 ms`,
    details: { absent: `${urlOf(1)} ${urlOf(2)}` },
  })
})

it.each([
  ['rule', 'its rule'],
  ['probe', 'its trial at the far side'],
  ['consumer', 'a consumer in the process'],
  ['another', 'another'],
])('ends at once where a replica rejects the version, by its %s', async (by, words) => {
  const rejections = [
    { ...REJECTION, version: '1' },
    { ...REJECTION, by },
  ] as never
  const looks = [[answerOf(1, LATE), answerOf(2, { ...LATE, rejections })]]
  const { error, asked } = await awaitLoaded({ looks })
  expect(error).toMatchObject({
    code: 'rejected',
    message: `shop at ${urlOf(2)} rejects version 2: rejected by ${words}: see its log`,
    details: { host: 'db', replica: urlOf(2), by, why: 'rejected' },
  })
  expect(asked).toHaveLength(1)
})

it('a replica that rejects another version is waited for', async () => {
  const rejecting = { ...LATE, rejections: [{ ...REJECTION, version: '1' }] }
  const looks = [[answerOf(1, rejecting)], [answerOf(1, THERE)]]
  expect(await awaitLoaded({ looks })).toMatchObject({ error: undefined })
})

it('an emergency goes on without replicas that reject the version, once no others are late', async () => {
  const looks = [
    [answerOf(1, REJECTING), answerOf(2, LATE), answerOf(3, REJECTING)],
    [answerOf(1, REJECTING), answerOf(2, THERE), answerOf(3, REJECTING)],
  ]
  const { error, said, ms } = await awaitLoaded({ looks, compromised: true })
  const why = 'rejects it: rejected by its trial at the far side'
  expect([error, ms]).toEqual([undefined, 100])
  expect(said.at(-1)).toEqual([`went on without ${urlOf(1)} (${why}), ${urlOf(3)} (${why})`])
})

it('an emergency waits five seconds at most for replicas that answer', async () => {
  const looks = [[answerOf(1, LATE)]]
  const { error, said, ms } = await awaitLoaded({ looks, compromised: true, deadlineMs: 60_000 })
  expect([error, ms]).toEqual([undefined, 5_000])
  expect(said.at(-1)).toEqual([`went on without ${urlOf(1)}`])
})

it('an emergency goes on after a second without those that give no answer, and no later wait asks them', async () => {
  const leftBehind = new Map<string, Answer>()
  const absent = [answerOf(2), answerOf(3, { absence: 'cut' })]
  const looks = [[answerOf(1, THERE), ...absent]]
  const first = await awaitLoaded({ looks, compromised: true, leftBehind })
  expect([first.error, first.ms]).toEqual([undefined, 1_100])
  expect(first.said.at(-2)).toEqual([
    'waiting for 2 of 3 replicas to load it',
    [urlOf(2), urlOf(3)],
  ])
  expect(first.said.at(-1)).toEqual([`goes on without ${urlOf(2)}, ${urlOf(3)} (cut)`, []])
  expect([...leftBehind.keys()]).toEqual([urlOf(2), urlOf(3)])
  const second = await awaitLoaded({ looks, compromised: true, leftBehind })
  expect([second.error, second.ms, second.said]).toEqual([undefined, 0, []])
})

it('an emergency that left one behind names the others that it still waits for', async () => {
  const looks = [[answerOf(1), answerOf(2, LATE)]]
  const { said } = await awaitLoaded({ looks, compromised: true })
  expect(said).toContainEqual([`goes on without ${urlOf(1)}`, [urlOf(2)]])
  expect(said.at(-1)).toEqual([`went on without ${urlOf(2)}`])
})

it('a rotation without emergency waits on for a replica that gives no answer', async () => {
  const { said } = await awaitLoaded({ looks: [[answerOf(1)]] })
  expect(new Set(said.map(([message]) => message))).toEqual(
    new Set(['waiting for 1 of 1 replicas to load it']),
  )
})

const unreachable = new SecretError('unreachable', 'no endpoints')

it('only an emergency goes on where the replicas cannot be listed until the deadline', async () => {
  const emergency = await awaitLoaded({ looks: [unreachable], compromised: true })
  expect([emergency.error, emergency.ms]).toEqual([undefined, 2_000])
  expect(emergency.said.at(-1)).toEqual(['went on without the replicas of shop: no endpoints'])
  expect(await awaitLoaded({ looks: [unreachable] })).toMatchObject({
    error: unreachable,
    ms: 2_000,
  })
})

it('not even an emergency goes on where the fleet has no such service', async () => {
  const missing = new SecretError('missing', 'no such service')
  expect(await awaitLoaded({ looks: [missing], compromised: true })).toMatchObject({
    error: missing,
  })
})

/** Takes looks that fail until a deadline, and gives the times at which it did. */
async function lookTimes(pollMs: number, deadlineMs: number) {
  const clock = createFakeClock()
  const begun = clock.elapsed()
  const times: number[] = []
  const sleeps: unknown[] = []
  const watched = {
    ...{ now: () => clock.now(), elapsed: () => clock.elapsed() },
    sleep: (ms: number, signal?: AbortSignal, options?: { keepAlive?: boolean }) => {
      sleeps.push(options?.keepAlive)
      void Promise.resolve().then(() => clock.advance(ms))
      return clock.sleep(ms, signal)
    },
  }
  const look = () => {
    times.push(clock.elapsed() - begun)
    return Promise.reject(unreachable)
  }
  const { signal } = new AbortController()
  const context = { clock: watched, signal, waiting: () => undefined }
  const looked = lookUntil(look, { deadline: begun + deadlineMs, pollMs }, context)
  await expect(looked).rejects.toBe(unreachable)
  return { times, sleeps }
}

it('looks that fail come ever more rarely, and once more at the deadline', async () => {
  const { times, sleeps } = await lookTimes(10, 8_000)
  expect(times).toEqual([0, 100, 300, 700, 1_500, 3_100, 5_100, 7_100, 8_000])
  expect(new Set(sleeps)).toEqual(new Set([true]))
  expect((await lookTimes(3_000, 7_000)).times).toEqual([0, 3_000, 6_000, 7_000])
})

it('a look that fails is not taken again once the rotation is cancelled', async () => {
  const cancel = new AbortController()
  cancel.abort()
  const clock = createFakeClock()
  const context = { clock, signal: cancel.signal, waiting: () => undefined }
  const times = { deadline: Infinity, pollMs: 10 }
  await expect(lookUntil(() => Promise.reject(unreachable), times, context)).rejects.toBe(
    unreachable,
  )
})

it('waits a minute by default, and asks ten times a second', () => {
  const fleet = {} as Fleet
  const patience = { fleet, secret: 'KEY', deadlineMs: 60_000, pollMs: 100 }
  expect(patienceOf({ fleet }, 'KEY')).toEqual(patience)
})
