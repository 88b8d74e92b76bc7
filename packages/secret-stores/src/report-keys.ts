import { checkReportKey, REPORT_KEY, type Secret } from '@rekey/secret'
import { createEnvSource } from './env-source.ts'
import type { Variables } from './env-stages.ts'

/**
 * Reads the keys that requests for the report of a replica are signed with, the one in use first; none if none is set. They are
 * variables as `createEnvSource` reads them: `REKEY_HEALTH_KEY`, or `REKEY_HEALTH_KEY_FILE`, and while that is replaced,
 * `REKEY_HEALTH_KEY__PREVIOUS`.
 *
 * @throws {SecretError} `malformed`, `forbidden`, `missing` if the file is not there
 */
export async function readReportKeys(env: Variables): Promise<readonly Secret[]> {
  if ([REPORT_KEY, `${REPORT_KEY}_FILE`].every((name) => (env[name] ?? '') === '')) return []
  const { current, pending, previous } = await createEnvSource({ env }).read(REPORT_KEY)
  const others = [pending, previous].filter((version) => version !== undefined)
  return [current, ...others].map(({ value }) => checkReportKey(value))
}
