import { SecretError } from '@rekey/secret'

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
