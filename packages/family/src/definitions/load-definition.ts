import type { ServiceDefinition } from '@rekey/config-loader'
import { importModule } from '../import-module.ts'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** A service definition cannot be read. */
export class DefinitionError extends Error {
  /** The file that should hold it. */
  readonly file: string
  readonly fix: string

  constructor(file: string, why: string, fix: string) {
    super(why)
    this.name = 'DefinitionError'
    this.file = file
    this.fix = fix
  }
}

/**
 * Imports a module and takes its export `definition`.
 *
 * @throws {DefinitionError} without the words of the import's own error, which may hold anything
 *
 * @example
 * ```ts
 * const { name, secrets } = await loadDefinition('services/signing/src/secrets.ts')
 * ```
 */
export async function loadDefinition(file: string): Promise<ServiceDefinition> {
  const imported = await importModule(file).then(
    (module: unknown) => ({ module }),
    (error: unknown) => ({ error }),
  )
  if ('error' in imported) {
    const kind = imported.error instanceof Error ? imported.error.name : 'an unknown error'
    const fix = 'run the type checker to see why'
    throw new DefinitionError(file, `it cannot be imported (${kind})`, fix)
  }
  const { definition } = imported.module as { definition?: ServiceDefinition }
  if (definition !== undefined) return definition
  const fix = 'export const definition = defineService({ … })'
  throw new DefinitionError(file, 'it exports no definition', fix)
}

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
