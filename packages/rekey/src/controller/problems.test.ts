import { scheduleRotations } from '../engine/schedule/schedule-rotations.ts'
import { createFakeClock, SecretError } from '@rekey/secret'
import { expect, it } from 'vitest'
import { newState } from './controller-routes.ts'
import { problemsOf } from './problems.ts'
import { TurnLedger } from './turn-ledger.ts'

const HOUR_MS = 3_600_000

it('finds what is overdue, also a certificate of which less than a sixth of the life is left', () => {
  const clock = createFakeClock()
  const state = newState(new TurnLedger(clock, () => undefined), clock)
  const begin = clock.now()
  const createdAt = new Date(begin)
  const secrets = [
    {
      ...{ name: 'TLS_TILL', kind: 'tls-identity', services: ['till'], createdAt },
      expiresAt: new Date(begin + 6 * HOUR_MS),
    },
    { name: 'KEY', kind: 'api-key', services: ['till'], createdAt },
  ]
  const policies = ['tls-identity', 'api-key'].map((kind) => ({ kind, staggerMs: 0 }))
  state.turns = () =>
    scheduleRotations({ secrets, policies, lastRotations: [], now: new Date(clock.now()) })
  const found = () => {
    const problems = problemsOf({ state, now: clock.now(), leaked: new Set(['KEY', 'GONE']) })
    return problems.map(({ problem, name }) => `${name} ${problem}`)
  }
  clock.jump(5 * HOUR_MS - 1)
  expect(found()).toEqual(['KEY leaked'])
  clock.jump(1)
  expect(found().toSorted()).toEqual(['KEY leaked', 'TLS_TILL overdue'])
})

it('finds a rotation that waits for an order', () => {
  const clock = createFakeClock()
  const state = newState(new TurnLedger(clock, () => undefined), clock)
  const now = new Date(clock.now())
  const secret = { name: 'KEY', kind: 'api-key', services: ['till'], open: true, isHeld: true }
  state.turns = () => scheduleRotations({ secrets: [secret], policies: [], lastRotations: [], now })
  expect(problemsOf({ state, now: clock.now() })).toEqual([
    { problem: 'held', about: 'secret', name: 'KEY', kind: 'api-key', next: 'rekey status' },
  ])
})

it('finds a CA that was not drilled lately, cannot be examined, or is about to end', () => {
  const clock = createFakeClock()
  const state = newState(new TurnLedger(clock, () => undefined), clock)
  const at = (days: number) => new Date(clock.now() + days * 24 * HOUR_MS)
  const generation = (n: number, [from, to]: readonly [number, number]) => ({
    ...{ generation: n, state: n === 1 ? 'crl-only' : 'active', since: at(from).toISOString() },
    certificate: {
      subject: 'CN=Example',
      notBefore: at(from).toISOString(),
      notAfter: at(to).toISOString(),
    },
  })
  const generations = [generation(1, [-99, 1]), generation(2, [-49, 11])]
  const authorities = [
    { directory: '/fresh', generations, drill: { state: 'fresh', at: at(-1) } },
    { directory: '/stale', generations: [], drill: { state: 'stale', at: at(-40) } },
    { directory: '/gone', error: new SecretError('missing', 'it is not there') },
  ] as const
  const found = (now: number) =>
    problemsOf({ state, authorities, now }).map(({ problem, name }) => `${name} ${problem}`)
  expect(found(clock.now())).toEqual(['/stale undrilled', '/gone undrilled'])
  // Fifty of the sixty days of the key that issues are over.
  expect(found(at(1).getTime())).toEqual(['/fresh ending', '/stale undrilled', '/gone undrilled'])
})
