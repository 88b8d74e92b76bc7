import { scheduleRotations } from '@rekey/rotation/schedule'
import { createFakeClock } from '@rekey/secret'
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
  const found = () => problemsOf(state).map(({ problem, secret }) => `${secret} ${problem}`)
  clock.jump(5 * HOUR_MS - 1)
  expect(found()).toEqual([])
  clock.jump(1)
  expect(found()).toEqual(['TLS_TILL overdue'])
})
