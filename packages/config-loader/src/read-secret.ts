import type { SpecValue } from '@rekey/secret/internal'
import { type StagedSecret, within } from '@rekey/secret'
import type { SecretSpecs, ServiceDefinition } from './define-service.ts'
import {
  type EnvironmentVariables,
  openEnvironmentSource,
  parseEnvironment,
} from './environment.ts'
import { parseStaged } from './parse-staged.ts'

const LIMIT_MS = 10_000

/**
 * Reads one secret of a service and checks its rule, without its settings and without a proof: for a process that hands it to the
 * one that holds it. The source is opened for this alone, and closed.
 *
 * @throws {SecretError} as the source, the rule, and the environment of the service require
 * @example
 * ```ts
 * const { current } = await readSecret(definition, 'ca', { env: process.env })
 * ```
 */
export async function readSecret<Specs extends SecretSpecs, Key extends keyof Specs & string>(
  { name: service, secrets }: Pick<ServiceDefinition, 'name'> & { readonly secrets: Specs },
  key: Key,
  { env }: { readonly env: EnvironmentVariables },
): Promise<StagedSecret<SpecValue<Specs[Key]>>> {
  const spec: Specs[Key] = secrets[key]
  const name = spec.nameFor(service)
  const environment = parseEnvironment(env)
  await using source = await openEnvironmentSource(env, environment)
  const limit = { what: `${name} from ${source.locator}`, limitMs: LIMIT_MS, keepAlive: true }
  const raw = await within(limit, (signal) => source.read(name, signal))
  return parseStaged(spec, raw, environment).staged as StagedSecret<SpecValue<Specs[Key]>>
}
