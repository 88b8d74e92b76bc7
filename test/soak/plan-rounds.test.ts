import { STORE_KINDS } from '@rekey/stack'
import { expect, it } from 'vitest'
import { FAULTS, faultsOf, planRounds } from './plan-rounds.ts'

const secrets = ['api-key a:b', 'database a', 'tls a']

it.each(STORE_KINDS)('plans each fault that %s can have before any comes again', (store) => {
  const faults = faultsOf(store)
  const rounds = planRounds({ seed: 1, rounds: faults.length * 2, store, secrets })
  for (const half of [rounds.slice(0, faults.length), rounds.slice(faults.length)]) {
    expect(half.map(({ fault }) => fault).toSorted()).toEqual(faults.toSorted())
  }
})

it('plans the same for the same seed, and something else for another', () => {
  const planOf = (seed: number) => planRounds({ seed, rounds: 50, store: 'vault', secrets })
  expect(planOf(7)).toEqual(planOf(7))
  expect(planOf(7)).not.toEqual(planOf(8))
})

it('plans no fault that cannot be made, and those alone that are asked for', () => {
  const rest = { seed: 1, rounds: 30, store: 'aws', secrets } as const
  const absent = ['full-disk', 'clock-back'] as const
  const planned = new Set(planRounds({ ...rest, absent }).map(({ fault }) => fault))
  const possible = FAULTS.filter((fault) => !['seal', ...absent].includes(fault))
  expect([...planned].toSorted()).toEqual(possible.toSorted())
  const alone = planRounds({ ...rest, faults: ['throttle'] }).map(({ fault }) => fault)
  expect(new Set(alone)).toEqual(new Set(['throttle']))
})
