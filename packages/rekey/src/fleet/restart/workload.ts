import { createHash } from 'node:crypto'
import type { StagedSecret } from '@rekey/secret'

/** Processes of one service that read their secrets at their start alone, and are started anew together. */
export interface Workload {
  /** In messages: `Deployment vpn/shop`. */
  readonly name: string
  /**
   * Looks at its processes. Changes nothing.
   *
   * @throws {SecretError} `missing`, `forbidden`, `unreachable`
   */
  look(secret: string, signal?: AbortSignal): Promise<WorkloadLook>
  /**
   * Has its processes started anew, once for each mark: a call whose answer was lost, or that another process made, restarts nothing
   * twice. A trial restarts nothing and finds what would keep a restart from being made.
   *
   * @throws {SecretError} `refused` if a restart would replace nothing; `forbidden` naming the right; `missing`, `unreachable`
   */
  restart(order: RestartOrder, signal?: AbortSignal): Promise<void>
}

/** One restart. */
interface RestartOrder {
  /** The secret's name in the store. */
  readonly secret: string
  readonly mark: string
  readonly isTrial?: boolean
}

/** A workload at one moment. */
export interface WorkloadLook {
  readonly instances: readonly Instance[]
  /** How many there are to be. Absent while that is not known. */
  readonly desired?: number
  /** Why a restart would replace nothing now. */
  readonly obstacle?: string
  /** Why the last restart does not go on, by what runs the workload. */
  readonly failure?: string
}

/** One process, or one group of processes that start and end together. */
export interface Instance {
  /** Identifies it for as long as it lives. */
  readonly id: string
  /** `pod://shop-7d9f.vpn` */
  readonly url: string
  /** The mark of the restart that it was started by, or after. Absent: none is known. */
  readonly mark?: string | undefined
  readonly isReady: boolean
  /** Whether it was asked to end. */
  readonly isEnding: boolean
  /** Milliseconds since the epoch. */
  readonly startedAt: number
}

/**
 * Names a restart by the version that is current and the one that it replaces, so that a rollback is another restart: a process that was
 * started under the first mark of a version may have read its successor since.
 */
export function markOf({ current, pending, previous }: StagedSecret): string {
  const other = previous ?? pending
  return other === undefined ? current.version : markBetween(current.version, other.version)
}

/** As {@link markOf}, where the store has dropped the replaced version. */
export function markBetween(version: string, replaced: string): string {
  return `${version} replaces ${replaced}`
}

/** Returns the version that was current when the restart of a mark was made. */
export function versionOfMark(mark: string): string {
  return mark.split(' ', 1).join('')
}

/** Kubernetes documentation, "Annotations: Syntax and character set": up to 63 characters after the prefix. */
const ANNOTATION_NAME = /^[A-Z][A-Z0-9_]{0,61}[A-Z0-9]$/

/** The annotation of a pod template, or the tag of a service, for one secret: it names the secret and, as its value, versions of it. */
export function annotationOf(secret: string): string {
  const name = ANNOTATION_NAME.test(secret)
    ? secret
    : createHash('sha256').update(secret).digest('hex').slice(0, 32)
  return `restart.rekey.dev/${name}`
}
