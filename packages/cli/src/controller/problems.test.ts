import { createFakeClock } from '@rekey/secret'
import { expect, it } from 'vitest'
import { newState } from './controller-routes.ts'
import { problemsOf } from './problems.ts'
import { TurnLedger } from './turn-ledger.ts'

const HOUR_MS = 3_600_000

function family() {
  const clock = createFakeClock()
  const state = newState(new TurnLedger(clock, () => undefined), clock)
  const begin = clock.now()
  const life = { createdAt: new Date(begin), expiresAt: new Date(begin + 6 * HOUR_MS) }
  state.ages = () => [
    { name: 'TLS_TILL', kind: 'tls-identity', services: ['till'], ...life },
    { name: 'KEY', kind: 'api-key', services: ['till'], createdAt: new Date(begin) },
  ]
  const found = () =>
    problemsOf(state, clock.now()).map(({ problem, secret }) => `${secret} ${problem}`)
  return { clock, state, found }
}

it('finds a version of which less than a sixth of the life is left, and none that has no end', () => {
  const { clock, found } = family()
  clock.jump(5 * HOUR_MS)
  expect(found()).toEqual([])
  clock.jump(1)
  expect(found()).toEqual(['TLS_TILL ending'])
})

it('finds what is overdue, whatever state its rotation is in', () => {
  const { state, found } = family()
  const turn = { secret: 'KEY', kind: 'api-key', reason: 'age', isDue: true } as const
  state.turns = () => [{ ...turn, isOverdue: true }]
  expect(found()).toEqual(['KEY overdue'])
  state.turns = () => [{ ...turn, isOverdue: false }]
  expect(found()).toEqual([])
})
