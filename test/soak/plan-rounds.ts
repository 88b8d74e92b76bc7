import type { StoreKind } from '@rekey/stack'
import { type Step, STEPS } from '@rekey/secret/internal/kind'
import { createRandom } from '@rekey/testbed'

/** What fails in a round. */
export const FAULTS = [
  'stop-service',
  'stop-rotator',
  'stop-store',
  'stop-database',
  'kill-service',
  'kill-rotator',
  'kill-store',
  'kill-database',
  'failover',
  'full-disk',
  'clock-back',
  'clock-forward',
  'seal',
  'throttle',
] as const

/** One of {@link FAULTS}. */
export type FaultName = (typeof FAULTS)[number]

/** The services of which one is stopped or killed. */
const SERVICES = ['certtransparency', 'frontend', 'signing'] as const

/** A store that is a file has no server; Vault alone is sealed. */
const OF_SERVERS: readonly FaultName[] = ['stop-store', 'kill-store', 'throttle']

/** The faults that a family can have whose secrets are in this store. */
export function faultsOf(store: StoreKind): readonly FaultName[] {
  return FAULTS.filter((fault) => {
    if (fault === 'seal') return store === 'vault'
    return store !== 'dotenv' || !OF_SERVERS.includes(fault)
  })
}

/** One round: each secret is rotated, and one of the rotations meets the fault. */
export interface PlannedRound {
  readonly number: number
  readonly fault: FaultName
  /** The secret that is rotated as the fault comes, as on the command line: `api-key frontend:signing`. */
  readonly secret: string
  /** The fault comes once this step has ended, and so many milliseconds later. */
  readonly after: Step
  readonly delayMs: number
  /** The service that a fault of a service is of. */
  readonly service: (typeof SERVICES)[number]
}

/** What a plan is made of. */
export interface PlanInput {
  readonly seed: number
  readonly rounds: number
  readonly store: StoreKind
  readonly secrets: readonly string[]
  /** Those that cannot be made here. */
  readonly absent?: readonly FaultName[]
  /** Only these. Default: each that the store can have, in an order of the seed, before any comes again. */
  readonly faults?: readonly FaultName[] | undefined
}

/** The last step after which a rotation still has something to do. */
const PLACES = STEPS.slice(0, STEPS.indexOf('revoke'))
const LONGEST_DELAY_MS = 400

/** Plans the faults of a run. The same input gives the same plan. */
export function planRounds(input: PlanInput): PlannedRound[] {
  const { seed, rounds, store, secrets, faults = FAULTS, absent = [] } = input
  const random = createRandom(seed)
  const oneOf = <T>(all: readonly T[]): T => {
    const one = all[Math.floor(random() * all.length)]
    if (one === undefined) throw new TypeError('a plan chooses from nothing')
    return one
  }
  const possible = faultsOf(store).filter((one) => faults.includes(one) && !absent.includes(one))
  let left: FaultName[] = []
  return Array.from({ length: rounds }, (_, index) => {
    if (left.length === 0) left = [...possible]
    const next = oneOf(left)
    left = left.filter((one) => one !== next)
    return {
      number: index + 1,
      fault: next,
      secret: oneOf(secrets),
      after: oneOf(PLACES),
      delayMs: Math.floor(random() * LONGEST_DELAY_MS),
      service: oneOf(SERVICES),
    }
  })
}
