import type { AnyStep } from '@rekey/rekey/internal/engine'
import type { RotationKind } from '@rekey/secret/kind'

/** All waits of a rotation, in milliseconds of virtual time. */
export const TIMES = {
  leaseMs: 6_000,
  pollMs: 1_000,
  deadlineMs: 2_000,
  validationMs: 2_000,
  lateUseWindowMs: 1_000,
  maxOverlapMs: 4_000,
} as const

/** What can go wrong in a run, each as often as the depth of the exploration allows. */
export const FAULTS = {
  crash: 'a rotator dies; all that it wrote before has taken place',
  'lost request':
    'a write never arrives at the store or the journal, and the rotator gets no reply',
  'lost reply': 'a call takes place, and the rotator gets no reply',
  'stale read': 'a read of the store shows what was there before the last write',
  'false conflict':
    'a write to the store is refused as if another had come before it, and changes nothing',
  standstill:
    'a rotator stands still after a call, and goes on at any later moment, also after its lease',
  'no answer': 'a replica does not answer one question',
  'late end':
    'a far side answers that it has ended a version, and accepts it until any later moment',
  'late replica': 'a replica reads the store at any later moment, and time passes meanwhile',
  restart: 'a replica is restarted: it reads the store, and counts from zero',
  join: 'a replica starts, reads the store and is listed',
  'late listing':
    'a loaded replica starts and reads the store, is listed later, before time passes, and polls at any later moment; it reads the store when a key is refused',
  leave: 'a replica ends and leaves the list',
  lie: 'a replica reports from here on that it has loaded all, or again and again what it reported once',
  'kept session': 'a replica keeps the session of a version that it leaves, until any later moment',
  'kept key': 'a sender sends a key once more that it has replaced',
  leak: 'the key is found to have leaked: a rotator is stopped where it is, and rotates `compromised`; its last write may still take place at any later moment',
  'take-over':
    'the key is found to have leaked while the first rotator is at work: the second begins at once, takes its claim over, and each of its calls may still take place at any later moment',
} as const

/** The name of a fault. */
export type Fault = keyof typeof FAULTS

/** What a rotator is asked to do. */
export type Order = 'rotate' | 'roll back' | 'rotate compromised'

/** A guard that is taken away. */
interface Sabotage {
  readonly kind?: (kind: RotationKind) => RotationKind
  /** The far side answers to the first version that is added, and does not take it. */
  readonly isDeaf?: boolean
  /** A database does not grant the first login that is made what it grants beside its owner. */
  readonly isForgetful?: boolean
  /** A database shows no sessions. */
  readonly isBlind?: boolean
  /** The journal takes what is written under an older claim. */
  readonly isUnfenced?: boolean
  readonly maxOverlapMs?: number
  /** How long the old key must be silent. */
  readonly validationMs?: number
  /** A replica that does not answer while rotators wait for the switch counts as one that has loaded all. */
  readonly trustsSilence?: boolean
  /** A journal that does not answer counts as one that another rotator has taken over. */
  readonly suspectsOthers?: boolean
  /** A loaded receiver does not read the store for a key that it does not know, and a sender sends one key alone. */
  readonly givesUpAtOnce?: boolean
  /** The journal keeps an emergency as an ordinary rotation. */
  readonly forgetsEmergencies?: boolean
  /** The journal does not show which step was begun and not ended. */
  readonly forgetsSteps?: boolean
  /** The journal keeps an emergency only once it has cleared away the rotation that it found open. */
  readonly isLateToNote?: boolean
}

/** The versions that a far side can accept at once: of one account, of an account each, or one alone. */
export type Shape = 'names' | 'two-secrets' | 'one'

/** What alpha calls in place of beta. */
export type Called = Shape | 'database'

/** What is explored: who takes part, and what can go wrong. */
export interface Scenario {
  /** One for each rotator. The first begins at once, the second when the lease of the first would be over. */
  readonly orders: readonly Order[]
  /** `alpha-…` calls, `beta-…` is called. */
  readonly replicas: readonly string[]
  /** What alpha calls in place of beta. Default: beta. */
  readonly farSide?: Called
  /** Whether the database has a standby, on which alpha reads. */
  readonly hasStandby?: boolean
  /** Whether the journal is on the server of the database, so that roles are changed under a claim alone. */
  readonly isJournalOnServer?: boolean
  /** Whether the journal is in the store, or in PostgreSQL. Default: in memory. */
  readonly isJournalInStore?: boolean
  readonly isJournalInPostgres?: boolean
  /** Whether each replica is a real loaded service with its keyring or sender. Default: a model. */
  readonly areReplicasLoaded?: boolean
  /** How many faults a run has at most. */
  readonly depth: number
  readonly faults: readonly Fault[]
  /** The step in which a rotator is when something goes wrong. Default: any. */
  readonly within?: AnyStep
  /** Whether a thief shows each retired key at each receiver as often as alpha calls. */
  readonly hasThief?: boolean
  readonly sabotage?: Sabotage
}
