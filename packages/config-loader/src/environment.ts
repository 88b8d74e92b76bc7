import { SecretError } from '@rekey/secret'
import type { OpenedSource } from './store/locate/open-locator.ts'
import type { LocateOptions } from './store/locate/opening.ts'
import type { LastGoodOptions } from './last-good/last-good.ts'

/** Where a service runs. */
export type Environment = 'development' | 'test' | 'production'

/** Environment variables, as in `process.env`. */
export type EnvironmentVariables = Readonly<Record<string, string | undefined>>

const ENVIRONMENTS: readonly Environment[] = ['development', 'test', 'production']

/**
 * Reads the environment from `REKEY_ENVIRONMENT`. Not set means production, so that a forgotten variable never enables
 * development rules.
 *
 * @throws {SecretError} `malformed` if it is none of the three
 */
export function parseEnvironment(env: EnvironmentVariables): Environment {
  const text = env['REKEY_ENVIRONMENT'] ?? 'production'
  const environment = ENVIRONMENTS.find((known) => known === text)
  if (environment === undefined) {
    throw new SecretError('malformed', `set it to one of ${ENVIRONMENTS.join(', ')}`)
  }
  return environment
}

/** The locator that `REKEY_SECRETS` holds, by default `env`. */
export function locatorIn(env: EnvironmentVariables): string {
  return env['REKEY_SECRETS'] ?? 'env'
}

/**
 * Opens the source that `REKEY_SECRETS` names, by default `env`: see `openSource` of `@rekey/config-loader/internal/locate`.
 *
 * @param options `stores` beside the built-in ones; `onEvent`, called with what a store does by itself, such as logins and renewals
 * @throws {SecretError} `malformed` for an unknown source, `refused` for one that production does not allow, and what the
 * source throws
 */
export async function openEnvironmentSource(
  env: EnvironmentVariables,
  environment: Environment,
  { stores, onEvent }: Pick<LocateOptions, 'stores' | 'onEvent'> = {},
): Promise<OpenedSource> {
  const production = environment === 'production'
  const { openSource } = await import('./store/locate/open-locator.ts')
  return openSource(locatorIn(env), { env, production, stores, ...(onEvent && { onEvent }) })
}

/** The path of the last good values, if the operator wants them kept. */
const LAST_GOOD = 'REKEY_LAST_GOOD'
/** The key that seals them; with `_FILE` after it, the path of the file that holds the key. */
export const LAST_GOOD_KEY = 'REKEY_LAST_GOOD_KEY'
/** Over how many milliseconds the first reads of replicas are spread. */
export const START_SPREAD = 'REKEY_START_SPREAD_MS'

/** Whether the environment has last good values kept. */
export function isLastGoodSet(env: EnvironmentVariables): boolean {
  return (env[LAST_GOOD] ?? '') !== ''
}

/** @throws {SecretError} `missing` if there is no path or no key, `malformed`, `forbidden` */
export async function lastGoodFrom(env: EnvironmentVariables): Promise<LastGoodOptions> {
  const path = env[LAST_GOOD]
  if (path === undefined) throw new SecretError('missing', `set ${LAST_GOOD} to a path`)
  const { createEnvSource } = await import('./store/env-source.ts')
  const { current } = await createEnvSource({ env }).read(LAST_GOOD_KEY)
  return { path, key: current.value }
}

/** @throws {SecretError} `malformed` */
export function startSpreadFrom(env: EnvironmentVariables): number {
  const text = env[START_SPREAD] ?? ''
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new SecretError('malformed', 'set it to a whole number of milliseconds, or not at all')
}
