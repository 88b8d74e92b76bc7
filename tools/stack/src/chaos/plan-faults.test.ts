import { expect, it } from 'vitest'
import { LIED_ABOUT, planFaults } from './plan-faults.ts'

const SECRETS = ['a', 'b', 'c', 'd', 'e', 'f', ...Object.values(LIED_ABOUT)]

it('the same seed plans the same faults, another one plans others', () => {
  const plan = (seed: number) => [...planFaults(seed, SECRETS)]
  expect(plan(7)).toEqual(plan(7))
  expect(plan(7)).not.toEqual(plan(8))
})

it('each fault is planned once, for a secret of its own', () => {
  for (let seed = 0; seed < 50; seed++) {
    const plan = planFaults(seed, SECRETS)
    const kinds = [...plan.values()].map(({ fault }) =>
      fault.kind === 'kill-service' ? fault.service : fault.kind,
    )
    expect(kinds.toSorted()).toEqual([
      'certtransparency',
      'cut-database',
      'frontend',
      'kill-rotator',
      'lie-about-key',
      'lie-about-login',
      'signing',
    ])
  }
})
