import {
  type LocateOptions,
  type OpenedSource,
  openSource as openLocator,
} from '@rekey/secret-stores/locate'
import type { Environment, EnvironmentVariables } from './environment.ts'

/** The locator that `REKEY_SECRETS` holds, by default `env`. */
export function locatorIn(env: EnvironmentVariables): string {
  return env['REKEY_SECRETS'] ?? 'env'
}

/**
 * Opens the source that `REKEY_SECRETS` names, by default `env`: see `openSource` of `@rekey/secret-stores/locate`.
 *
 * @param onEvent called with what a store does by itself, such as logins and renewals
 * @throws {SecretError} `malformed` for an unknown source, `refused` for one that production does not allow, and what the
 * source throws
 */
export function openSource(
  env: EnvironmentVariables,
  environment: Environment,
  onEvent?: LocateOptions['onEvent'],
): Promise<OpenedSource> {
  const production = environment === 'production'
  return openLocator(locatorIn(env), { env, production, ...(onEvent && { onEvent }) })
}
