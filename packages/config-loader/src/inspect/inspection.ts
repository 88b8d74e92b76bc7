import type { SecretErrorCode, VersionHealth } from '@rekey/secret'
import type { SourceWarning } from '@rekey/secret-stores'
import type { Staleness } from '../follow/staleness.ts'

/** Findings about one secret. No value. */
export interface SecretInspection {
  readonly name: string
  readonly kind: string
  /** The rule of its spec, in words. */
  readonly rule: string
  /** Where it comes from, or where the search for it ended: `vault:secret/vpn`. */
  readonly source: string
  /** Empty if it cannot be had or breaks its rule. */
  readonly versions: readonly (VersionHealth & { readonly expiresInMs?: number })[]
  readonly staleness: Staleness
  /** Whether its source reports changes; otherwise it is read again as `staleness` defines. */
  readonly watched: boolean
  /** Rights that a reader of it needs there, in the words of that store. */
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

/** Findings about the secrets of a service. No value. */
export interface ServiceInspection {
  readonly service: string
  readonly environment: string
  readonly source: string
  readonly secrets: readonly SecretInspection[]
  readonly warnings: readonly LocatedWarning[]
  /** Checks that could not be made, and why; no fault of the service. */
  readonly notes: readonly string[]
}
