import type { Outage } from './faults.ts'
import type { Task } from './rotator-model.ts'
import type { Stumble } from './virtual-process.ts'

/** One machine with a replica on it. */
export interface MachineSpec {
  readonly skewMs: number
  readonly pollMs: number
}

/** All that happens in one run, as data: the same scenario gives the same run. Times are milliseconds since the beginning. */
export interface KeyScenario {
  /** Of all delays. */
  readonly seed: number
  readonly receivers: readonly MachineSpec[]
  readonly senders: readonly MachineSpec[]
  readonly rotatorSkewMs: readonly [number, number]
  /** How late a replica may see a change of the store. */
  readonly maxLagMs: number
  /** Where the rotators keep their journal. */
  readonly journal: 'server' | 'store'
  readonly orders: readonly PlacedOrder[]
  readonly outages: readonly Outage[]
  readonly restarts: readonly Restart[]
  readonly stumbles: readonly PlacedStumble[]
  /** Replicas that come and go. Default: none. */
  readonly visits?: readonly Visit[]
  /** How often a sender calls. Default: 2.5 seconds. */
  readonly callEveryMs?: number
  /** How often a thief calls each receiver with every key that was revoked. Default: 4 seconds. */
  readonly attackEveryMs?: number
  /** Default: none. */
  readonly clockChanges?: readonly ClockChange[]
  /** How often a thief calls each receiver with every key that has retired, also while it is still accepted. Default: never. */
  readonly thiefEveryMs?: number | undefined
}

/** A replica that is added to the fleet and taken away again, as an autoscaler does. */
export interface Visit extends MachineSpec {
  readonly service: 'alpha' | 'beta'
  readonly atMs: number
  readonly forMs: number
}

/** The wall clock of a rotator's machine is set. */
interface ClockChange {
  readonly rotator: 0 | 1
  readonly atMs: number
  readonly byMs: number
}

/** Something asked of a rotator. */
export interface PlacedOrder extends Task {
  readonly rotator: 0 | 1
  readonly atMs: number
}

/** A replica is killed, and started again. */
export interface Restart {
  readonly replica: string
  readonly atMs: number
  readonly downMs: number
}

/** Something happens to a rotator at one of its calls to the store, the journal or a database. */
export interface PlacedStumble extends Stumble {
  readonly rotator: 0 | 1
  /** From when on its calls are counted. */
  readonly atMs: number
}
