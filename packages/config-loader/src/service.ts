import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import type { Clock, LiveSecret, StagedSecret } from '@rekey/secret'
import {
  type HealthReport,
  liveVersions,
  pendingWaits,
  type SecretHealth,
  type SpecValue,
  versionOfPackage,
} from '@rekey/secret/internal'
import type { z } from 'zod/v4'
import type { LiveSecrets, ServiceDefinition } from './define-service.ts'
import type { Environment } from './environment.ts'
import { type FollowedSecrets, followSecrets } from './follow/follow-secrets.ts'
import type { FollowedSecret } from './follow/followed-secret.ts'
import { describeHeld, type HeldSecret } from './held-secret.ts'
import type { StartSecrets } from './load-secrets.ts'
import type { Loader } from './service-loader.ts'

const RELEASE = versionOfPackage(import.meta.url, '@rekey/config-loader')

/** Some secrets of a service as they were at one instant. */
export type Snapshot<Specs, Key extends keyof Specs> = {
  readonly [K in Key]: StagedSecret<SpecValue<Specs[K]>>
}

/** A service whose settings are valid and whose secrets were proven. */
export interface Service<D extends ServiceDefinition = ServiceDefinition> extends AsyncDisposable {
  /** The name in its definition. */
  readonly name: string
  /** From `REKEY_ENVIRONMENT`. */
  readonly environment: Environment
  /** As its schema returns them. */
  readonly settings: z.output<D['settings']>
  /** By the service's names for them. */
  readonly secrets: LiveSecrets<D['secrets']>
  /**
   * These secrets, or without a key all of them, as they are together at this instant. What the source gave in one answer
   * is in it together or not at all. Frozen.
   *
   * @throws {SecretError} if one of them cannot be read
   */
  snapshot<Key extends keyof D['secrets'] & string = keyof D['secrets'] & string>(
    ...keys: Key[]
  ): Snapshot<D['secrets'], Key>
  /** The versions this replica holds and uses, without a value. */
  health(): HealthReport
  /**
   * Stops following the secrets, which keep their last values, and disposes the source if the loader has opened it: its
   * leases are revoked. Each of them may take 5 seconds; what takes longer is reported as the event `close-failed`.
   */
  close(): Promise<void>
}

/** Starts to follow the secrets of a service that was loaded. */
export function createService<D extends ServiceDefinition>(
  definition: D,
  loader: Loader,
  settings: z.output<D['settings']>,
  secrets: StartSecrets,
): Service<D> {
  return new LoadedService(definition, loader, settings, secrets)
}

class LoadedService<D extends ServiceDefinition> implements Service<D> {
  readonly name: string
  readonly environment: Environment
  readonly settings: z.output<D['settings']>
  readonly secrets: LiveSecrets<D['secrets']>
  #replica: string | undefined
  readonly #loader: Loader
  readonly #followed: FollowedSecrets | undefined
  readonly #held: readonly HeldSecret[]
  readonly #live: Readonly<Record<string, LiveSecret<unknown>>>
  #closed: Promise<void> | undefined

  constructor(
    { name }: D,
    loader: Loader,
    settings: z.output<D['settings']>,
    { loaded, held }: StartSecrets,
  ) {
    this.name = name
    this.environment = loader.environment
    this.settings = settings
    this.#loader = loader
    // Without secrets there is nothing to follow, and a service costs hardly more than its settings.
    this.#followed = loaded.length === 0 ? undefined : followSecrets(loaded, settings, loader)
    this.#held = held
    const all = [...this.#each((secret) => secret), ...held]
    this.#live = Object.fromEntries(all.map(({ key, live }) => [key, live] as const))
    this.secrets = this.#live as LiveSecrets<D['secrets']>
  }

  /** Commits are synchronous, so whatever is read within one turn is of one instant. */
  snapshot<Key extends keyof D['secrets'] & string = keyof D['secrets'] & string>(
    ...keys: Key[]
  ): Snapshot<D['secrets'], Key> {
    const wanted: readonly string[] = keys.length === 0 ? Object.keys(this.#live) : keys
    const taken = wanted.map((key) => [key, this.#live[key]?.snapshot])
    return Object.freeze(Object.fromEntries(taken) as Snapshot<D['secrets'], Key>)
  }

  health(): HealthReport {
    const { source, clock } = this.#loader
    // Host and process are for people, who look for the one that lags behind; in containers they may be the same. Made at the
    // first report: it takes a third of the time of a load without secrets.
    this.#replica ??= `${hostname()}:${process.pid}:${randomBytes(6).toString('hex')}`
    const secrets = [
      ...this.#each((secret) => describeSecret(secret, source.locator, clock)),
      ...this.#held.map((secret) => describeHeld(secret, source.locator, clock)),
    ]
    const release = RELEASE === undefined ? {} : { release: RELEASE }
    return {
      service: this.name,
      replica: this.#replica,
      ...release,
      secrets,
      waits: pendingWaits(),
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #close(): Promise<void> {
    this.#followed?.stop()
    return this.#loader.dispose()
  }

  #each<T>(describe: (secret: FollowedSecret) => T): T[] {
    return this.#followed?.secrets.map(describe) ?? []
  }
}

/** Describes one secret for a health report. */
function describeSecret(followed: FollowedSecret, source: string, clock: Clock): SecretHealth {
  const { name, spec, live, held, freshness, counts, failuresInARow, problem, rejections, dueAt } =
    followed
  const { state, ageMs } = freshness
  return {
    name,
    kind: spec.kind,
    end: spec.access.end,
    source,
    state,
    ...(state !== 'absent' && { sinceGoodReadMs: Math.round(ageMs) }),
    untilNextReadMs: Math.max(0, Math.round(dueAt - clock.elapsed())),
    failuresInARow,
    counts: { ...counts },
    versions: (held === undefined ? [] : liveVersions(held)).map(
      ({ stage, version, id, createdAt }) => ({
        stage,
        version,
        ...(id !== undefined && { id }),
        ...(createdAt !== undefined && { ageMs: clock.now() - createdAt.getTime() }),
      }),
    ),
    usage: live.usage.report(),
    ...(problem !== undefined && { problem: problem.code }),
    ...(rejections.length > 0 && { rejections }),
  }
}
