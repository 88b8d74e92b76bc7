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

/** The files that may hold the definition of a service, in its `src`. */
const DEFINITION_FILES = ['secrets.ts', 'secrets.mts', 'secrets.js', 'secrets.mjs'] as const

/**
 * Finds the file that holds the definition of a service: `services/<name>/src/secrets.ts`, `.mts`, `.js` or `.mjs`.
 *
 * @returns its path relative to `root`; that of `secrets.ts` if there is none
 * @throws {DefinitionError} if there are two
 */
export async function findDefinitionFile(root: string, service: string): Promise<string> {
  const folder = `services/${service}/src`
  const names = await readdir(join(root, folder)).catch((): string[] => [])
  const [only = DEFINITION_FILES[0], second] = DEFINITION_FILES.filter((name) =>
    names.includes(name),
  )
  const file = `${folder}/${only}`
  if (second === undefined) return file
  const why = `the service has two definitions, ${only} and ${second}`
  throw new DefinitionError(join(root, file), why, 'keep one of them')
}

/**
 * Imports the definition of a service from the file that {@link findDefinitionFile} finds.
 *
 * @throws {DefinitionError} if there is no definition of that service in it, or there are two files
 *
 * @example
 * ```ts
 * const { name, file } = await loadServiceFolder('.', 'signing')
 * ```
 */
export async function loadServiceFolder(root: string, service: string): Promise<LocatedDefinition> {
  const file = await findDefinitionFile(root, service)
  const definition = await loadDefinition(join(root, file))
  if (definition.name === service) return { ...definition, file }
  const why = `it defines ${definition.name} in the folder of ${service}`
  throw new DefinitionError(join(root, file), why, 'give the service the name of its folder')
}
