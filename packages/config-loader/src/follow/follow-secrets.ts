import { setMaxListeners } from 'node:events'
import type { Clock } from '@rekey/secret'
import type { SnapshotSecret } from '../last-good/snapshot-secrets.ts'
import type { Replaced } from './commit-together.ts'
import { FollowedSecret, type LoadedSecret } from './followed-secret.ts'
import type { Loader } from '../service-loader.ts'
import { Refresher } from './refresher.ts'
import { VersionReleaser } from './version-releaser.ts'

/** Secrets that are kept up to date. */
export interface FollowedSecrets {
  readonly secrets: readonly FollowedSecret[]
  /** Ends whatever is under way. The secrets keep their last values. */
  stop(): void
}

/** Shared, because making the default reason costs more than loading a service. */
const STOPPED = new Error('the service was closed')

/**
 * Keeps the secrets of a service up to date until it is stopped. A new version that its spec or the far side refuses is
 * vetoed: the one before serves on. A source that cannot be read changes nothing until what is held has become too old.
 */
export function followSecrets(
  loaded: readonly LoadedSecret[],
  settings: Readonly<Record<string, unknown>>,
  loader: Loader,
): FollowedSecrets {
  const { environment, clock, limitMs, random, source, emit, lastGood } = loader
  const stop = new AbortController()
  const { signal } = stop
  // Each read in flight listens to it, however many there are.
  setMaxListeners(0, signal)
  const secrets: readonly FollowedSecret[] = loaded.map(
    (each) =>
      new FollowedSecret(each, {
        clock,
        emit,
        locator: source.locator,
        keepsRaw: lastGood !== undefined,
        refresh: (secret, cause) => refresher.refreshAfter(secret, cause),
      }),
  )
  const releaser = new VersionReleaser({ source, clock, emit, signal })
  const committed = (replaced: readonly Replaced[]) => {
    for (const each of replaced) void releaser.release(each)
    lastGood?.keep(keptOf(secrets, clock))
  }
  const how = { source, environment, settings, clock, limitMs, random, signal, committed }
  const refresher: Refresher = new Refresher(secrets, how)
  committed([])
  void refresher.run()
  return {
    secrets,
    stop: () => {
      stop.abort(STOPPED)
    },
  }
}

function keptOf(secrets: readonly FollowedSecret[], clock: Clock): SnapshotSecret[] {
  return secrets.flatMap(({ raw, freshness }) =>
    raw === undefined ? [] : [{ raw, confirmedAt: clock.now() - freshness.ageMs }],
  )
}
