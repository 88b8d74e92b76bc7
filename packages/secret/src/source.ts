import type { SecretError } from './errors.ts'
import type { StagedSecret } from './secret-version.ts'
import type { Secret } from './secret.ts'

/**
 * Where secrets are read from.
 *
 * `read` answers with every live version at one instant, never with a mixture of two instants. It must throw a
 * `SecretError`: `missing` only when the source answered that it holds nothing there, `forbidden` when it refused,
 * `unreachable` when it did not answer, `malformed` when it holds something that cannot be understood.
 *
 * Each version that is read carries its `origin`. A CA passphrase without one is refused.
 */
export interface SecretSource {
  /** Names where a value comes from, never the value: `env`, `dotenv:/srv/app/.env`. */
  readonly locator: string
  /** Reads every live version of one secret. */
  read(name: string, signal?: AbortSignal): Promise<StagedSecret>
  /**
   * Yields after each change of `name` since it was last read here, at least once for any number of changes in a row, and
   * ends with the signal. A source that cannot notify has no `watch`; its readers poll.
   */
  watch?(name: string, signal: AbortSignal): AsyncIterable<StagedSecret>
  /**
   * Several secrets as they were at one instant, for a source that can answer that: one mounted directory, one file. The
   * answer has one entry for each name: its versions, or the `SecretError` that {@link read} would have thrown for it. It
   * rejects only if nothing at all could be read. A reader of secrets that belong together asks this way.
   */
  readAll?(
    names: readonly string[],
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, StagedSecret | SecretError>>
  /**
   * Reports that this process no longer uses `version` of `name` and will not ask for it again. A source that leases revokes
   * the lease of that version, and one that does not know the version does nothing. It is called once for each version that
   * leaves `current` and is let go of, never of one that was only seen as `pending`.
   */
  released?(name: string, version: string): Promise<void>
  /**
   * Reports that the far side refused `version` of `name`, before the read that follows. A source that makes the value
   * itself, such as one that leases, makes another one, if the last is not too recent; one that only keeps it has no use for
   * this.
   */
  rejected?(name: string, version: string): Promise<void>
}

/** Facts that a store keeps beside a version that is staged. */
export interface VersionOrigin {
  /** When it was made, so that its age stays true. Default: now. AWS Secrets Manager keeps a time of its own. */
  readonly createdAt?: Date | undefined
  /** See `SecretVersion.journal`. Default: none. */
  readonly journal?: string | undefined
}

/**
 * A source that can also be written. Every write is one atomic compare-and-set: `expected` is the `revision` that was
 * read, and a store whose secret has moved on since then throws `conflict` and changes nothing.
 *
 * ```
 *            stage            promote               revoke
 * current ─────────▶ +pending ───────▶ current+previous ─────▶ current
 *         ◀───────── abort   ◀─────── rollback
 * ```
 */
export interface SecretStore extends SecretSource {
  /** Puts the first version there as `current`. `conflict` if the secret exists. */
  create(name: string, value: Secret): Promise<StagedSecret>
  /** Puts `value` there as `pending`. `conflict` if another version is pending. */
  stage(
    name: string,
    value: Secret,
    expected: string,
    origin?: VersionOrigin,
  ): Promise<StagedSecret>
  /** Drops `pending`. Changes nothing if nothing is pending. */
  abort(name: string, expected: string): Promise<StagedSecret>
  /**
   * `pending` becomes `current` and `current` becomes `previous`, in one write. `missing` if nothing is pending; `conflict`
   * while a previous version is there, which would be lost before it was revoked.
   */
  promote(name: string, expected: string): Promise<StagedSecret>
  /** The exact reverse of `promote`. `missing` if there is no previous version; `conflict` while one is pending. */
  rollback(name: string, expected: string): Promise<StagedSecret>
  /** Drops `previous`. Changes nothing if there is none. */
  revoke(name: string, expected: string): Promise<StagedSecret>
}
