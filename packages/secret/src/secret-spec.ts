import type { SecretVersion } from './secret-version.ts'

/** The value that a kind of secret parses from the text in the store. */
export interface ParsedSecret<T> {
  readonly value: T
  /** The public name of it at the far side: a key id, a role name. */
  readonly id?: string
  /** The texts that must never be printed. Empty where `value` keeps only a digest. */
  readonly sensitive: readonly string[]
  /** Whether the text bears the mark of a value made for development or tests, see {@link NON_PRODUCTION_PREFIX}. */
  readonly nonProduction: boolean
}

/**
 * The declaration of a secret that a service needs. Each feature makes its own (`apiKeyTo`, `postgresLogin`,
 * `caPassphrase`), so that the loader can parse, prove, watch and report any kind without knowing it.
 */
export interface SecretSpec<T = unknown> {
  /** `api-key`, `database`, `oidc-client`, `ca-passphrase`, … */
  readonly kind: string
  /** The rule in words, for reports: "at least 32 random characters". */
  readonly rule: string
  /** The facts that the access matrix checks: who is at the other end, and which end this service is. */
  readonly access: SecretAccess
  /** The fewest characters of secret material that `parse` accepts. */
  readonly minLength: number
  /** Properties of the far side, by names that the family declares too: `{ ownerRole: 'portal' }`. */
  readonly expects?: Readonly<Record<string, string>>
  /** The name in the store for a service of that name: `API_KEY_FRONTEND_SIGNING`. */
  nameFor(service: string): string
  /**
   * Reads the text. Throws `SecretError` `malformed` with a message of what is wrong and how to mend it, and never
   * any part of the text.
   */
  parse(text: string): ParsedSecret<T>
  /**
   * Really tries the secret against the far side. Throws `SecretError`: `rejected`, `unreachable`, …
   * `settings` are the service's own validated settings, for what is not secret: an issuer, a key directory.
   */
  probe?(version: SecretVersion<T>, context: ProbeContext): Promise<void>
  /** Lists what the secret opens at the far side beyond its use, each with the remedy: for a person, at `rekey doctor --probe`. */
  excess?(version: SecretVersion<T>, context: ProbeContext): Promise<readonly string[]>
  /** Whether its consumer falls back between its live versions: then one of them that the far side accepts is enough. */
  readonly fallsBack?: boolean
}

/** The tools of a probe. */
export interface ProbeContext {
  readonly settings: Readonly<Record<string, unknown>>
  readonly signal: AbortSignal
}

/** Which end of a secret a service holds. `owner`: used with something outside the family (a database, an identity provider). */
export type SecretAccess =
  | { readonly end: 'sender'; readonly peer: string }
  | { readonly end: 'receiver'; readonly peer: string }
  | { readonly end: 'owner' }

/** The type of value that a spec yields. */
export type SpecValue<S> = S extends SecretSpec<infer T> ? T : never

/**
 * The mark of a value made for development or tests. The loader refuses marked values in production, and unmarked ones
 * outside it: a production secret on a developer's machine is already a leak.
 */
export const NON_PRODUCTION_PREFIX = 'dev-'

/** The need for a secret at the start of a service; see {@link SecretPolicy}. */
export type SecretNeed = 'required' | 'stale-ok' | 'optional'

/**
 * How old what a service holds of a secret may be. The operator of the service decides that for each secret; the loader
 * decides what is left out.
 *
 * ```
 * last good read ──── ttlMs ────▶ stale ──── maxStaleMs ────▶ expired
 *      fresh: read again       served, stale in health     reading it throws
 * ```
 */
export interface SecretPolicy {
  /** For how long after a good read it counts as fresh. It is read again after rand[ttlMs / 2, ttlMs]. */
  readonly ttlMs?: number
  /** For how long after the last good read it is still served while its source fails. Then it cannot be read any more. */
  readonly maxStaleMs?: number
  /** How soon a source that answered `missing` or `forbidden` is asked again at the earliest. */
  readonly negativeTtlMs?: number
  /**
   * The condition for the service to start:
   *
   * - `required`: its source gives it
   * - `stale-ok`: its source gives it, or is unreachable and a sealed last-good snapshot has it
   * - `optional`: nothing; without a value it cannot be read until its source has one
   */
  readonly need?: SecretNeed
}
