import { expect, it } from 'vitest'
import type { StepContext } from './index.ts'
import {
  acknowledges,
  type Answer,
  attestWithout,
  type Fleet,
  isAbsent,
  longestStep,
  requireNoRejection,
  rollCall,
  versionIn,
} from './internal.ts'

/** The answer of a replica that has loaded these versions; of one that does not answer, without. */
function answerOf(n: number, loaded?: readonly string[]): Answer {
  const versions = loaded?.map((version, at) => ({ stage: ['current', 'previous'][at], version }))
  const replica = { service: 'shop', url: '', healthUrl: `http://10.0.0.${n}:9090` }
  return { replica, ack: versions && ({ versions } as never) }
}

const { signal } = new AbortController()

it('a step may take as long as its three waits, what it waits for beside them, and a minute', () => {
  expect([longestStep(10_000), longestStep(10_000, 5_000)]).toEqual([90_000, 95_000])
})

it('counts the replicas that answer', async () => {
  const fleet: Fleet = {
    replicas: () => Promise.resolve([]),
    acknowledgements: (of) => {
      expect(of).toEqual({ service: 'shop', secret: 'KEY' })
      return Promise.resolve([answerOf(1, []), answerOf(2), answerOf(3, [])])
    },
  }
  const called = rollCall({ fleet, service: 'shop', secret: 'KEY' }, signal)
  expect(await called).toBe('2 of 3 replicas of shop answer')
})

it('finds the version in a stage, and whether one is loaded in any', () => {
  const { ack } = answerOf(1, ['2', '1'])
  expect(ack && versionIn(ack, 'previous')).toEqual({ stage: 'previous', version: '1' })
  expect(ack && versionIn(ack, 'pending')).toBeUndefined()
  expect(['1', '2', '3'].map((version) => acknowledges(ack, { version }))).toEqual([
    true,
    true,
    false,
  ])
  expect(acknowledges(undefined, { version: '1' })).toBe(false)
})

it('only a replica that answers nothing at all is absent', () => {
  expect(isAbsent(answerOf(1))).toBe(true)
  expect(isAbsent({ ...answerOf(1), problem: 'it has no KEY' })).toBe(false)
  expect(isAbsent(answerOf(1, []))).toBe(false)
})

it('no replica that is silent or content rejects a version', () => {
  const content = { ...answerOf(2), ack: { rejections: [] } as never }
  expect(() => {
    requireNoRejection([answerOf(1), answerOf(1, []), content], { version: '2' })
  }).not.toThrow()
})

it('attests the versions that every replica answers to have no more', async () => {
  const attested: unknown[] = []
  const attest = (shown: unknown) => Promise.resolve(void attested.push(shown))
  const context = { attest } as Partial<StepContext> as StepContext
  const revoked = [{ version: '0', id: 'k0' }, { version: '1' }, { version: '9' }]
  const both = [answerOf(1, ['2']), answerOf(2, ['2', '1'])]
  await attestWithout(both, { revoked, how: 'dropped' }, context)
  const evidence = 'dropped by shop at http://10.0.0.1:9090, shop at http://10.0.0.2:9090'
  expect(attested).toEqual([
    { version: '0', id: 'k0', evidence },
    { version: '9', evidence },
  ])
  expect(Object.keys(attested[1] as object)).toEqual(['version', 'evidence'])
})

it('attests nothing while a replica gives no answer', async () => {
  const attest = () => Promise.reject(new Error('nothing is shown'))
  const context = { attest } as Partial<StepContext> as StepContext
  const revoked = [{ version: '0' }]
  await attestWithout([answerOf(1, ['2']), answerOf(2)], { revoked, how: 'refused' }, context)
})
