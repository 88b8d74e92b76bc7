import { SecretError } from '../errors.ts'
import type { Secret } from '../secret.ts'
import type { SecretStore } from '../source.ts'
import type { WaitOptions } from './fleet.ts'
import type { AdminSqlPool } from './sql-client.ts'

/** Who holds a secret of a kind: one service, both ends of a call, one service that has several with a name each, or the rotator for a server. */
export type KindParties =
  | readonly ['service']
  | readonly ['sender', 'receiver']
  | readonly ['service', 'name']
  | readonly ['server']

/** A schema of zod for an object: what a family declares of one secret of a kind beside its parties. */
export interface EntrySchema {
  readonly '~standard': { readonly vendor: string }
}

/** One secret that a family declares. */
export interface DeclaredSecret<Entry = unknown> {
  /** In the order of the kind's `parties`. */
  readonly parties: readonly string[]
  /** Its name in the store. */
  readonly name: string
  /** The entry as the kind's schema parsed it. Absent where the kind has no schema. */
  readonly entry: Entry
}

/** Other secrets that a rotation needs, by their names in the store. */
export interface NeededSecrets {
  /** The rotation reads them. */
  readonly reads?: readonly string[]
  /** The rotation changes them. */
  readonly replaces?: readonly string[]
}

/** Gets a new secret from the operator, who made it at the provider. */
export type AskOperator = (signal: AbortSignal) => Promise<Secret>

/** Inputs of the rotation of a declared secret of any kind. */
export interface RotationParts extends WaitOptions {
  readonly store: SecretStore
  /** Whether new values bear the mark of development. */
  readonly nonProduction: boolean
  /** How long an old value must be silent before its end. */
  readonly validationMs: number
  /** The longest life of an old value. Default: that of the kind. */
  readonly maxOverlapMs?: number
  /** Where rotations are recorded: the name of a server, or `store`. */
  readonly journal: string
  /** Returns the rotator's connections to a database of a server, by the family's name of the server. Default: the database that the rotator's login names. */
  readonly sqlPool: (server: string, database?: string) => AdminSqlPool
  /** Returns the name in the store of another secret of the family. */
  readonly nameOf: (kind: string, ...parties: string[]) => string
  /** Default: {@link refuseToAsk}. */
  readonly ask?: AskOperator
  /** Calls services and providers. Default: the global one. */
  readonly fetch?: typeof fetch
  /** Returns what calls a server outside the family that trusts these roots alone: PEM, or the file that holds them. */
  readonly fetchTrusting?: (trust: DeclaredTrust) => Promise<typeof fetch>
  /**
   * Returns what calls a service of the family: it trusts the TLS identity that the family declares, and shows the current one of
   * `sender`, if that service has one, as the sender itself would. Default: `fetch`.
   */
  readonly fetchTo?: (service: string, sender: string) => typeof fetch
}

/** `trust` of a family. */
type DeclaredTrust = string | { readonly file: string }

/**
 * Selects what calls a server outside the family: with trust in the declared roots, or `fetch` of the parts.
 *
 * @throws {SecretError} if the roots cannot be read
 */
export async function callingOf(
  trust: DeclaredTrust | undefined,
  { fetch, fetchTrusting }: Pick<RotationParts, 'fetch' | 'fetchTrusting'>,
): Promise<{ readonly fetch?: typeof globalThis.fetch }> {
  if (trust === undefined) return fetch ? { fetch } : {}
  if (fetchTrusting !== undefined) return { fetch: await fetchTrusting(trust) }
  throw new TypeError('a rotator that meets trust must have fetchTrusting')
}

/** Refuses a rotation that needs an operator where none is present. @throws {SecretError} `refused` */
export const refuseToAsk: AskOperator = () => {
  const remedy = 'rotate it with rekey rotate, and give the new secret on stdin'
  return Promise.reject(
    new SecretError('refused', `no operator is present to paste the new secret: ${remedy}`),
  )
}
