import type { LiveSecret, SecretSpec, SecretStore } from '@rekey/secret'
import type { Fleet } from '@rekey/secret/internal/kind'
import type { RotationKind } from '@rekey/secret/kind'
import type { CallCount } from './call-count.ts'
import type { VirtualProcess } from './virtual-process.ts'

/** The services of the world: alpha calls beta, and both call what is outside. */
export type ServiceName = 'alpha' | 'beta'

/** One secret in a world of replicas that come and go: its rotation, its holders, and the calls that depend on it. */
export interface KindWorld {
  /** In words, for figures: `client secret, provider with one`. */
  readonly title: string
  /** Its name in the store. */
  readonly secret: string
  readonly firstValue: string
  /** Secrets that only its rotator needs. Default: none. */
  readonly ownSecrets?: Readonly<Record<string, string>>
  /** The calls that are made with it, or that trust it. */
  readonly calls: CallCount
  /** What each service does with it. Absent: nothing. */
  readonly parts: Readonly<Partial<Record<ServiceName, Part>>>
  /** Its rotation, as one process of a rotator has it. */
  rotates(process: VirtualProcess, given: Given): RotationKind | Promise<RotationKind>
}

/** What a rotation is given. */
export interface Given {
  readonly fleet: Fleet
  /** The secret, and those that the rotator itself needs. */
  readonly store: SecretStore
}

/** What a service does with a secret. */
interface Part {
  /** Absent: its replicas do not hold the secret, but call those that do. */
  spec?(process: VirtualProcess): SecretSpec
  replicaComes(process: VirtualProcess, live: LiveSecret<unknown> | undefined): Use | Promise<Use>
}

/** One replica's use of a secret. */
export interface Use {
  /** Makes one call. */
  readonly call?: () => Promise<void>
  /** Answers callers. */
  readonly handle?: (request: Request, from: string) => Promise<Response>
  readonly replicaGoes?: () => void | Promise<void>
}

/** The part of a service whose replicas hold a secret of this spec. */
export function holding<T>(
  spec: (process: VirtualProcess) => SecretSpec<T>,
  use: (process: VirtualProcess, live: LiveSecret<T>) => Use | Promise<Use>,
): Part {
  return {
    spec,
    // The live secret is the one that the loader made of this spec.
    replicaComes: (process, live) => use(process, live as LiveSecret<T>),
  }
}

/** How every rotation waits in these worlds. */
export const WAITS = { validationMs: 10_000, deadlineMs: 90_000, pollMs: 5_000 }
