import { hostname } from 'node:os'
import type { Clock, SecretSource } from '@rekey/secret'
import type { z } from 'zod'
import type { LiveSecrets, ServiceDefinition } from './define-service.ts'
import type { Environment } from './environment.ts'
import { type FollowedSecret, followSecret } from './follow-secret.ts'
import { describeSecret, type HealthReport } from './health.ts'
import type { LoadedSecret } from './load-secrets.ts'

/** A service whose settings are valid and whose secrets were proven. */
export interface Service<D extends ServiceDefinition = ServiceDefinition> {
  readonly name: string
  readonly environment: Environment
  readonly settings: z.output<D['settings']>
  readonly secrets: LiveSecrets<D['secrets']>
  /** What this replica holds and uses, without a value. */
  health(): HealthReport
  /** Stops following the secrets. They keep their last values. */
  close(): void
}

/** What a loaded service is made of. */
export interface ServiceParts<D extends ServiceDefinition> {
  readonly source: SecretSource
  readonly environment: Environment
  readonly settings: z.output<D['settings']>
  readonly secrets: readonly LoadedSecret[]
  readonly clock: Clock
  readonly pollMs: number
}

/** One of several processes of a service, for people who look for the one that lags behind. */
const REPLICA = `${hostname()}:${process.pid}`

/** Shared, because making the default reason costs more than loading a service. */
const CLOSED = new Error('the service was closed')

/** Starts to follow the secrets of a service that was loaded. */
export function createService<D extends ServiceDefinition>(
  definition: D,
  { source, environment, settings, secrets, clock, pollMs }: ServiceParts<D>,
): Service<D> {
  const stop = new AbortController()
  const followed = new Map<string, FollowedSecret>(
    secrets.map(({ key, spec, stages }) => {
      const follow = { source, environment, clock, pollMs, signal: stop.signal }
      return [key, followSecret(spec, stages, follow)]
    }),
  )
  const live = Object.fromEntries([...followed].map(([key, { live }]) => [key, live]))
  return {
    name: definition.name,
    environment,
    settings,
    secrets: live as LiveSecrets<D['secrets']>,
    health: () => ({
      service: definition.name,
      replica: REPLICA,
      secrets: [...followed.values()].map((secret) => describeSecret(secret, clock)),
    }),
    close: () => {
      stop.abort(CLOSED)
    },
  }
}
