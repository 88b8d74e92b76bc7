import { SecretError } from '@rekey/secret'
import { createEnvSource } from '@rekey/secret-stores'
import type { EnvironmentVariables } from './environment.ts'
import type { LastGoodOptions } from './last-good/last-good.ts'

/** The path of the last good values, if the operator wants them kept. */
const LAST_GOOD = 'REKEY_LAST_GOOD'
/** The key that seals them; with `_FILE` after it, the path of the file that holds the key. */
export const LAST_GOOD_KEY = 'REKEY_LAST_GOOD_KEY'
/** Over how many milliseconds the first reads of replicas are spread. */
export const START_SPREAD = 'REKEY_START_SPREAD_MS'

/** Whether the environment says that last good values are kept. */
export function isLastGoodSet(env: EnvironmentVariables): boolean {
  return (env[LAST_GOOD] ?? '') !== ''
}

/** @throws {SecretError} `missing` if there is no path or no key, `malformed`, `forbidden` */
export async function lastGoodFrom(env: EnvironmentVariables): Promise<LastGoodOptions> {
  const path = env[LAST_GOOD]
  if (path === undefined) throw new SecretError('missing', `set ${LAST_GOOD} to a path`)
  const { current } = await createEnvSource({ env }).read(LAST_GOOD_KEY)
  return { path, key: current.value }
}

/** @throws {SecretError} `malformed` */
export function startSpreadFrom(env: EnvironmentVariables): number {
  const text = env[START_SPREAD] ?? ''
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new SecretError('malformed', 'set it to a whole number of milliseconds, or not at all')
}
