import type { SecretHealth } from '../health-report.ts'
import type { AwaitedState } from '../report-question.ts'

/** One running process of a service. */
export interface Replica {
  /** Identifies it for as long as it lives, whatever its address: the UID of a pod. Without one, `healthUrl` does. */
  readonly id?: string
  readonly service: string
  /** Where it serves its callers: `http://127.0.0.1:8081`. */
  readonly url: string
  /** Its internal listener. */
  readonly healthUrl: string
}

/** Returns what identifies a replica among those of its fleet. */
export function identityOf({ id, healthUrl }: Replica): string {
  return id ?? healthUrl
}

/** The replicas of every service, as a rotation sees them. `createFleet` of `@rekey/rekey` makes one. */
export interface Fleet {
  /**
   * Lists the replicas of a service as they are now.
   *
   * @throws {SecretError} `missing` if the fleet has no such service; `unreachable` if they cannot be listed
   */
  replicas(service: string): Promise<readonly Replica[]>
  /**
   * Asks every replica of a service, except those whose answers are known, for its report on one secret. One that does not answer has
   * no acknowledgement.
   *
   * @throws {SecretError} as {@link replicas}
   */
  acknowledgements(of: FleetQuestion, signal: AbortSignal): Promise<Answer[]>
  /**
   * Names the workloads that are restarted so that a service has another version. Its replicas load none before it is current. Absent,
   * or undefined: its replicas load versions as they come.
   */
  restarts?(service: string): string | undefined
}

/** Which replicas are asked about which secret. */
export interface FleetQuestion {
  readonly service: string
  /** The secret's name in the store. */
  readonly secret: string
  /** Answers that are not asked for again, by {@link identityOf} their replica; those of replicas that are gone are left out. Default: none. */
  readonly known?: ReadonlyMap<string, Answer>
  /** A replica answers as soon as it is there; others are asked for what there is. Default: each answers at once. */
  readonly awaited?: AwaitedState | undefined
  /** How long a replica may wait for that, in milliseconds. Default 0. */
  readonly waitMs?: number
}

/** The answer of one replica; without acknowledgement and problem if it is down or slow. */
export interface Answer {
  readonly replica: Replica
  readonly ack: Acknowledgement | undefined
  /** The reason why it reported nothing of the secret, if it answered. */
  readonly problem?: string
  /** The reason why it did not answer, if it is known: that its TLS handshake was cut. */
  readonly absence?: string
}

/** The acknowledgement of one replica for one secret. */
export interface Acknowledgement extends SecretHealth {
  readonly replica: string
  /** See `HealthReport`. */
  readonly release?: string
}
