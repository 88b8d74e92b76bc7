import type { PlacedOrder, PlacedStumble } from './key-scenario.ts'
import type { Outage } from './faults.ts'

/** All that happens in one run of a rotation of logins. Times are milliseconds since the beginning. */
export interface RoleScenario {
  readonly seed: number
  readonly rotatorSkewMs: readonly [number, number]
  /** Where the journal is: with transactions, on the server with the roles; or in the secret store, without. */
  readonly journal: 'server' | 'store'
  readonly orders: readonly PlacedOrder[]
  readonly outages: readonly Outage[]
  readonly stumbles: readonly PlacedStumble[]
  /** Which of the proofs, in order, end in a definite refusal. */
  readonly refusals: readonly boolean[]
}
