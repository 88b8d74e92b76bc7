import type { Exploration } from './explored.ts'

const ROTATING = ['rotate', 'rotate'] as const
const ROLLING_BACK = ['rotate', 'roll back'] as const
const LEAKED = ['rotate compromised', 'rotate compromised'] as const

const OF_CALLS = ['crash', 'lost request', 'lost reply'] as const
const OF_REPLICAS = [
  'no answer',
  'late replica',
  'restart',
  'join',
  'leave',
  'kept session',
] as const

const ONE = ['alpha-0'] as const
const TWO = ['alpha-0', 'alpha-1'] as const
const BESIDE = { farSide: 'database', replicas: ONE } as const
const WITHIN = { ...BESIDE, isJournalOnServer: true } as const

/** Explored by every run of the tests. */
export const AT_DATABASE: readonly Exploration[] = [
  { ...BESIDE, orders: ROTATING, replicas: TWO, faults: [], runs: 216, states: 388 },
  { ...BESIDE, orders: ROTATING, faults: ['crash'], runs: 222, states: 443 },
]

/** Explored by the exhaustive tests. */
export const AT_DATABASE_EXHAUSTIVE: readonly Exploration[] = [
  { ...BESIDE, hasStandby: true, orders: ROTATING, faults: [], runs: 576, states: 1103 },
  { ...WITHIN, orders: ROTATING, faults: OF_CALLS, runs: 814, states: 1403 },
  { ...WITHIN, orders: ROTATING, faults: OF_REPLICAS, runs: 1771, states: 3229 },
  { ...WITHIN, orders: ROLLING_BACK, faults: OF_CALLS, runs: 608, states: 991 },
  { ...WITHIN, orders: LEAKED, faults: OF_CALLS, runs: 1474, states: 2542 },
]
