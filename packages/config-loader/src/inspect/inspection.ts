import type { SecretErrorCode, VersionHealth } from '@rekey/secret'
import type { SourceWarning } from '@rekey/secret-stores'
import type { Staleness } from '../follow/staleness.ts'

/** What was found out about one secret. No value. */
export interface SecretInspection {
  readonly name: string
  readonly kind: string
  /** What its spec asks of it, in words. */
  readonly rule: string
  /** Where it comes from, or where the search for it ended: `vault:secret/vpn`. */
  readonly source: string
  /** Empty if it cannot be had or breaks its rule. */
  readonly versions: readonly (VersionHealth & { readonly expiresInMs?: number })[]
  readonly staleness: Staleness
  /** Whether its source tells of changes; otherwise it is read again as `staleness` says. */
  readonly watched: boolean
  /** What a reader of it must be allowed there, in the words of that store. */
  readonly rights: readonly string[]
  /** The sources further down that have it too, unused. */
  readonly shadowed: readonly string[]
  /** Absent if it is sound. */
  readonly problem?: { readonly code: SecretErrorCode; readonly message: string }
}

/** A warning, and the source that it is about. */
export interface LocatedWarning extends SourceWarning {
  readonly source: string
}

/** What was found out about the secrets of a service. No value. */
export interface ServiceInspection {
  readonly service: string
  readonly environment: string
  readonly source: string
  readonly secrets: readonly SecretInspection[]
  readonly warnings: readonly LocatedWarning[]
  /** What could not be found out, and why; nobody's fault. */
  readonly notes: readonly string[]
}
