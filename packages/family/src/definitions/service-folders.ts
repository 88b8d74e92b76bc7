import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ServiceDefinition } from '@rekey/config-loader'
import { DefinitionError, loadDefinition } from './load-definition.ts'

/** A service definition, and the file that holds it, relative to the top of the work tree. */
export interface LocatedDefinition extends ServiceDefinition {
  readonly file: string
}

/** The services under `root`, by the folders that hold them. */
export async function listServices(root: string): Promise<string[]> {
  const entries = await readdir(join(root, 'services'), { withFileTypes: true })
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
}

/**
 * Imports `services/<name>/src/secrets.ts` of a service.
 *
 * @throws {DefinitionError} if there is no definition of that service in it
 *
 * @example
 * ```ts
 * const { name, file } = await loadServiceFolder('.', 'signing')
 * ```
 */
export async function loadServiceFolder(root: string, service: string): Promise<LocatedDefinition> {
  const file = `services/${service}/src/secrets.ts`
  const definition = await loadDefinition(join(root, file))
  if (definition.name === service) return { ...definition, file }
  const why = `it defines ${definition.name} in the folder of ${service}`
  throw new DefinitionError(join(root, file), why, 'give the service the name of its folder')
}
