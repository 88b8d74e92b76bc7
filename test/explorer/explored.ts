import { CALM } from './guards.ts'
import type { Called, Fault, Order, Scenario } from './scenario.ts'

/** What was explored, and how much that was. */
export interface Exploration {
  /** What the first rotator is asked to do, and the second. */
  readonly orders: readonly [Order, Order]
  readonly faults: readonly Fault[]
  /** How many of them a run has at most. Default: one, if there are any. */
  readonly depth?: number
  /** Default: one sender and two receivers. */
  readonly replicas?: readonly string[]
  /** See `Scenario.farSide`. */
  readonly farSide?: Called
  /** See `Scenario.hasStandby`. */
  readonly hasStandby?: boolean
  /** See `Scenario.isJournalOnServer`. */
  readonly isJournalOnServer?: boolean
  /** See `Scenario.isJournalInStore`. */
  readonly isJournalInStore?: boolean
  readonly isJournalInPostgres?: boolean
  /** See `Scenario.areReplicasLoaded`. */
  readonly areReplicasLoaded?: boolean
  readonly runs: number
  readonly states: number
}

const ROTATING = ['rotate', 'rotate'] as const
const ROLLING_BACK = ['rotate', 'roll back'] as const
const LEAKING = ['rotate', 'rotate compromised'] as const
const LEAKED = ['rotate compromised', 'rotate compromised'] as const

const OF_CALLS = ['crash', 'lost request', 'lost reply'] as const
const TWO = ['alpha-0', 'beta-0'] as const
const OF_REPLICAS = ['no answer', 'late replica', 'restart', 'join', 'leave'] as const
const CALLER = ['alpha-0'] as const

const LATE = ['stale read', 'crash'] as const
const OF_STORES = [...OF_CALLS, 'stale read', 'false conflict'] as const
const IN_STORE = { isJournalInStore: true, replicas: TWO } as const
const IN_POSTGRES = { isJournalInPostgres: true, replicas: TWO } as const
const LOADED = { areReplicasLoaded: true, replicas: TWO } as const

/** As counted by every run of the tests, which compare. */
export const EXPLORED: readonly Exploration[] = [
  { ...IN_STORE, orders: ROTATING, faults: [], runs: 70, states: 52 },
  { ...IN_STORE, orders: LEAKED, faults: ['stale read'], runs: 217, states: 200 },
  { ...IN_POSTGRES, orders: ROTATING, faults: [], runs: 70, states: 52 },
  { orders: ROTATING, faults: [], runs: 210, states: 129 },
  { orders: LEAKING, faults: [], runs: 1342, states: 861 },
  { orders: LEAKED, faults: [], runs: 186, states: 112 },
  { orders: LEAKED, faults: ['crash'], depth: 2, runs: 1382, states: 1262 },
  { ...LOADED, orders: ROTATING, faults: [], runs: 71, states: 53 },
  { ...LOADED, orders: LEAKED, faults: [], runs: 62, states: 49 },
  ...atFarSide('two-secrets', [
    { orders: ROTATING, faults: OF_CALLS, runs: 308, states: 262 },
    { orders: ROLLING_BACK, faults: OF_CALLS, runs: 281, states: 230 },
    { orders: ROLLING_BACK, faults: ['late end'], runs: 37, states: 60 },
    { orders: LEAKED, faults: OF_CALLS, runs: 340, states: 275 },
  ]),
  ...atFarSide('names', [
    { orders: ROTATING, faults: OF_CALLS, runs: 316, states: 271 },
    { orders: ROLLING_BACK, faults: OF_CALLS, runs: 289, states: 238 },
    { orders: ROLLING_BACK, faults: ['late end'], runs: 37, states: 60 },
    { orders: LEAKED, faults: OF_CALLS, runs: 340, states: 275 },
  ]),
  ...atFarSide('one', [
    { orders: ROTATING, faults: OF_CALLS, runs: 364, states: 350 },
    { orders: ROLLING_BACK, faults: OF_CALLS, runs: 325, states: 288 },
    { orders: LEAKED, faults: OF_CALLS, runs: 396, states: 355 },
  ]),
]

/** As counted by the exhaustive tests. */
export const EXHAUSTIVE: readonly Exploration[] = [
  { orders: ROTATING, faults: LATE, depth: 2, replicas: TWO, runs: 2161, states: 2355 },
  { orders: ROLLING_BACK, faults: LATE, depth: 2, replicas: TWO, runs: 1217, states: 1383 },
  { orders: LEAKED, faults: LATE, depth: 2, replicas: TWO, runs: 770, states: 803 },
  { orders: LEAKING, faults: LATE, depth: 2, replicas: TWO, runs: 8005, states: 8730 },
  { ...IN_STORE, orders: ROTATING, faults: OF_STORES, runs: 4447, states: 1927 },
  { ...IN_STORE, orders: ROLLING_BACK, faults: OF_STORES, runs: 3859, states: 1510 },
  { ...IN_STORE, orders: LEAKED, faults: OF_STORES, runs: 2301, states: 1177 },
  { ...IN_STORE, orders: LEAKING, faults: OF_STORES, runs: 14329, states: 8478 },
  { ...IN_POSTGRES, orders: ROTATING, faults: OF_CALLS, runs: 1700, states: 1062 },
  { ...IN_POSTGRES, orders: ROLLING_BACK, faults: OF_CALLS, runs: 1316, states: 793 },
  { ...IN_POSTGRES, orders: LEAKED, faults: OF_CALLS, runs: 1023, states: 751 },
  { ...IN_POSTGRES, orders: LEAKING, faults: OF_CALLS, runs: 7945, states: 6359 },
  { orders: ROTATING, faults: ['crash'], runs: 1466, states: 1070 },
  { orders: ROTATING, faults: ['lost request'], runs: 1762, states: 1238 },
  { orders: ROTATING, faults: ['lost reply'], runs: 1601, states: 1149 },
  { orders: ROTATING, faults: ['no answer'], runs: 1772, states: 1020 },
  { orders: ROTATING, faults: ['restart'], runs: 1881, states: 1165 },
  { orders: ROTATING, faults: ['leave'], runs: 972, states: 571 },
  { orders: ROTATING, faults: ['lie'], runs: 3818, states: 1977 },
  { orders: ROTATING, faults: ['late replica'], runs: 4526, states: 3034 },
  { orders: ROTATING, faults: ['join'], runs: 4953, states: 2872 },
  { orders: ROLLING_BACK, faults: ['crash'], runs: 889, states: 706 },
  { orders: ROLLING_BACK, faults: ['lost reply'], runs: 1396, states: 1025 },
  { orders: LEAKING, faults: ['crash'], runs: 9145, states: 6408 },
  { orders: LEAKING, faults: ['crash'], depth: 2, replicas: TWO, runs: 5379, states: 6289 },
  { orders: LEAKING, faults: ['take-over'], replicas: TWO, runs: 54859, states: 90219 },
  { orders: LEAKED, faults: ['crash'], runs: 895, states: 629 },
  { orders: LEAKED, faults: ['lost request'], runs: 1363, states: 908 },
  { orders: LEAKED, faults: ['lost reply'], runs: 1159, states: 792 },
  { orders: LEAKED, faults: ['no answer'], runs: 901, states: 484 },
  { orders: LEAKED, faults: ['restart'], runs: 793, states: 446 },
  { orders: LEAKED, faults: ['leave'], runs: 568, states: 324 },
  { orders: LEAKED, faults: ['lie'], runs: 1575, states: 786 },
  { orders: LEAKED, faults: ['late replica'], runs: 1333, states: 761 },
  { orders: LEAKED, faults: ['join'], runs: 3113, states: 1628 },
  { orders: LEAKED, faults: OF_CALLS, depth: 2, runs: 19022, states: 10978 },
  { ...LOADED, orders: ROTATING, faults: ['crash'], runs: 660, states: 591 },
  { ...LOADED, orders: ROTATING, faults: ['no answer'], runs: 604, states: 461 },
  { ...LOADED, orders: ROTATING, faults: ['late replica'], runs: 1780, states: 1508 },
  { ...LOADED, orders: ROTATING, faults: ['restart'], runs: 594, states: 504 },
  { ...LOADED, orders: ROTATING, faults: ['join'], runs: 2542, states: 1705 },
  { ...LOADED, orders: ROTATING, faults: ['late listing'], runs: 7174, states: 5085 },
  { areReplicasLoaded: true, orders: ROTATING, faults: ['leave'], runs: 1751, states: 1108 },
  { ...LOADED, orders: ROLLING_BACK, faults: ['crash'], runs: 427, states: 418 },
  { ...LOADED, orders: LEAKING, faults: [], runs: 271, states: 229 },
  { ...LOADED, orders: LEAKED, faults: ['crash'], runs: 406, states: 389 },
  { ...LOADED, orders: LEAKED, faults: ['restart'], runs: 197, states: 155 },
  { ...LOADED, orders: LEAKED, faults: ['join'], runs: 2450, states: 1573 },
  ...atFarSide('two-secrets', [
    { orders: ROTATING, faults: LATE, depth: 2, runs: 625, states: 933 },
    { orders: ROLLING_BACK, faults: LATE, depth: 2, runs: 481, states: 770 },
    { orders: LEAKED, faults: LATE, depth: 2, runs: 623, states: 842 },
    { orders: LEAKING, faults: LATE, depth: 2, runs: 2615, states: 3681 },
    { orders: ROTATING, faults: OF_REPLICAS, runs: 385, states: 434 },
    { orders: LEAKING, faults: OF_CALLS, runs: 1880, states: 1738 },
    { orders: LEAKING, faults: ['take-over'], runs: 3715, states: 3767 },
    { orders: ROTATING, faults: ['standstill'], runs: 12915, states: 10356 },
  ]),
  ...atFarSide('names', [
    { orders: ROTATING, faults: LATE, depth: 2, runs: 667, states: 1009 },
    { orders: ROLLING_BACK, faults: LATE, depth: 2, runs: 531, states: 837 },
    { orders: LEAKED, faults: LATE, depth: 2, runs: 626, states: 847 },
    { orders: LEAKING, faults: LATE, depth: 2, runs: 2762, states: 3930 },
    { orders: ROTATING, faults: OF_REPLICAS, runs: 418, states: 457 },
    { orders: LEAKING, faults: OF_CALLS, runs: 1936, states: 1807 },
    { orders: LEAKING, faults: ['take-over'], runs: 4157, states: 4142 },
    { orders: ROTATING, faults: ['standstill'], runs: 15567, states: 12752 },
  ]),
  ...atFarSide('one', [
    { orders: ROTATING, faults: LATE, depth: 2, runs: 791, states: 1256 },
    { orders: ROLLING_BACK, faults: LATE, depth: 2, runs: 418, states: 696 },
    { orders: LEAKED, faults: LATE, depth: 2, runs: 703, states: 990 },
    { orders: LEAKING, faults: LATE, depth: 2, runs: 3090, states: 4350 },
    { orders: ROTATING, faults: OF_REPLICAS, runs: 407, states: 504 },
    { orders: LEAKING, faults: OF_CALLS, runs: 2385, states: 2417 },
  ]),
]

/** The scenario in which that was counted. */
export function scenarioOf(exploration: Exploration): Scenario {
  const { orders, faults, depth, replicas, farSide, isJournalOnServer = false } = exploration
  const { isJournalInStore = false, isJournalInPostgres = false } = exploration
  const { areReplicasLoaded = false, hasStandby = false } = exploration
  const most = depth ?? Math.min(1, faults.length)
  const parts = { ...(replicas && { replicas }), ...(farSide && { farSide }) }
  const journal = { isJournalOnServer, isJournalInStore, isJournalInPostgres }
  return {
    ...CALM,
    orders,
    faults,
    depth: most,
    ...parts,
    ...journal,
    hasStandby,
    areReplicasLoaded,
  }
}

/** The orders and faults in words. */
export function describeExploration(exploration: Exploration): string {
  const { orders, faults, replicas, depth, farSide, ...kinds } = scenarioOf(exploration)
  const among = depth === 0 ? 'without a fault' : `with ${depth} of ${faults.join(', ')}`
  const at = farSide === undefined ? '' : ` and a far side of ${farSide}`
  const has = kinds.isJournalOnServer === true ? ' that has the journal' : ''
  const on = kinds.hasStandby === true ? `${has} and a standby` : has
  const journal = placeOfJournal(kinds)
  const place = journal === undefined ? on : ` and the journal in ${journal}`
  const loaded = kinds.areReplicasLoaded === true ? ' loaded' : ''
  return `${orders.join(' and ')} at ${replicas.length}${loaded} replicas${at}${place} ${among}`
}

/** Where the journal is, if it is neither in memory nor on the server of the roles. */
export function placeOfJournal(scenario: Partial<Scenario>): string | undefined {
  if (scenario.isJournalInStore === true) return 'the store'
  return scenario.isJournalInPostgres === true ? 'PostgreSQL' : undefined
}

function atFarSide(farSide: Called, explored: readonly Exploration[]): Exploration[] {
  return explored.map((each) => ({ replicas: CALLER, ...each, farSide }))
}
