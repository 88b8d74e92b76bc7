import { SecretError, type SecretSource } from '@rekey/secret'
import { createEnvSource, openDotenvStore } from '@rekey/secret-stores'
import type { Environment, EnvironmentVariables } from './environment.ts'

type OpenSource = (rest: string, env: EnvironmentVariables) => SecretSource | Promise<SecretSource>

/** What `REKEY_SECRETS` may begin with. */
const SOURCES: Readonly<Record<string, { open: OpenSource; production: boolean }>> = {
  env: { open: (_rest, env) => createEnvSource({ env }), production: true },
  dotenv: { open: (path) => openDotenvStore({ path }), production: false },
}

/**
 * Opens the source that `REKEY_SECRETS` names: `env` (the default) or `dotenv:PATH`.
 *
 * @throws {SecretError} `malformed` for an unknown source, `refused` for one that production does not allow
 */
export async function openSource(
  env: EnvironmentVariables,
  environment: Environment,
): Promise<SecretSource> {
  const locator = env['REKEY_SECRETS'] ?? 'env'
  const [scheme = '', ...rest] = locator.split(':')
  const source = Object.hasOwn(SOURCES, scheme) ? SOURCES[scheme] : undefined
  if (source === undefined) {
    throw new SecretError('malformed', `name one of ${Object.keys(SOURCES).join(', ')}`)
  }
  if (environment === 'production' && !source.production) {
    throw new SecretError(
      'refused',
      `${scheme} is for development: give production its secrets by env, or set REKEY_ENVIRONMENT`,
    )
  }
  return source.open(rest.join(':'), env)
}
