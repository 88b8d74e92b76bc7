import type { Backoff, UsageReport } from '@rekey/secret/internal'
import { backoffMs, type Clock, type SecretSource } from '@rekey/secret'
import { asSecretError } from './source-reader.ts'
import type { Replaced } from './commit-together.ts'
import { reportedFailure, type EmitEvent } from './loader-event.ts'

/** Options of a releaser. */
export interface ReleaseOptions {
  readonly source: SecretSource
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly emit: EmitEvent
}

/**
 * Between two looks at the usage. Two that are alike are silence; a consumer that took the version just before has used it
 * by then.
 */
const LOOK_EVERY_MS = 2_000

const TRIES = 5
const RETRY: Backoff = { firstMs: 1_000, longestMs: 8_000, jitter: 0 }

/**
 * Reports each replaced version to its source once this process no longer holds or uses it: a lease is revoked only when the
 * last connection that logged in with it is gone.
 */
export class VersionReleaser {
  readonly #options: ReleaseOptions

  constructor(options: ReleaseOptions) {
    this.#options = options
  }

  /** Begins to wait for the end of its use. */
  async release(replaced: Replaced): Promise<void> {
    const { source, signal } = this.#options
    if (source.released === undefined) return
    try {
      if (await this.#untilSilent(replaced)) await this.#report(replaced)
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  /** False if the version has come back into use by a rollback. */
  async #untilSilent({ secret, version }: Replaced): Promise<boolean> {
    const { clock, signal } = this.#options
    let usesBefore: number | undefined
    for (;;) {
      await clock.sleep(LOOK_EVERY_MS, signal)
      if (secret.held?.current.version === version) return false
      const report = secret.live.usage.report()
      const uses = usesOf(version, report)
      const isAwaited = isHeld(version, report) || secret.held?.pending?.version === version
      if (!isAwaited && uses === usesBefore) return true
      usesBefore = uses
    }
  }

  async #report({ secret: { name }, version }: Replaced): Promise<void> {
    const { source, clock, signal, emit } = this.#options
    for (let failures = 1; ; failures += 1) {
      try {
        await source.released?.(name, version)
        return
      } catch (error) {
        signal.throwIfAborted()
        const failure = reportedFailure(asSecretError(error))
        if (failures === TRIES) {
          emit({ type: 'release-failed', secret: name, version, ...failure })
          return
        }
        await clock.sleep(backoffMs(RETRY, failures - 1), signal)
      }
    }
  }
}

function isHeld(version: string, { holding }: UsageReport): boolean {
  return Object.values(holding).some((versions) => versions.includes(version))
}

function usesOf(version: string, { versions }: UsageReport): number {
  return versions.find((use) => use.version === version)?.uses ?? 0
}
