import type { ServiceDefinition } from '@rekey/config-loader'
import { describeMissingPackage } from '@rekey/secret/internal'
import { errnoOf } from '@rekey/secret/internal/files'
import { FamilyError } from '../family-error.ts'
import { findFamily } from '../find-family.ts'
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
    const fix = describeMissingPackage(imported.error) ?? 'run the type checker to see why'
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

/** The services that have a folder under `services/` of `root`. Where the family names definitions, a folder without one is of something else. */
export async function listServiceFolders(root: string): Promise<string[]> {
  const entries = await readdir(join(root, 'services'), { withFileTypes: true })
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  const isAdopted = Object.keys(await namedDefinitions(root)).length > 0
  const own = await Promise.all(
    folders.map(async (name) => !isAdopted || (await definitionsIn(root, name)).length > 0),
  )
  return folders.filter((_, index) => own[index]).toSorted()
}

/** The names of the files that may hold the definition of a service, of those in its folder. */
async function definitionsIn(root: string, service: string): Promise<string[]> {
  const names = await readdir(join(root, 'services', service, 'src')).catch((): string[] => [])
  return DEFINITION_FILES.filter((name) => names.includes(name))
}

/** The services of a repository: those with a folder, and those whose definition its family names. */
export async function listServices(root: string): Promise<string[]> {
  const named = Object.keys(await namedDefinitions(root))
  const folders = await listServiceFolders(root).catch((error: unknown) => {
    if (named.length > 0 && errnoOf(error) === 'ENOENT') return []
    throw error
  })
  return [...new Set([...folders, ...named])].toSorted()
}

/** The `definitions` of the family at `root`. Faults of a family are reported by those who read it. */
async function namedDefinitions(root: string): Promise<Readonly<Record<string, string>>> {
  try {
    return (await findFamily(root)).family.definitions ?? {}
  } catch (error) {
    if (error instanceof FamilyError) return {}
    throw error
  }
}

/** The files that may hold the definition of a service, in its `src`. */
const DEFINITION_FILES = ['secrets.ts', 'secrets.mts', 'secrets.js', 'secrets.mjs'] as const

/**
 * Finds the file that holds the definition of a service: the one that the family names in `definitions`, or else
 * `services/<name>/src/secrets.ts`, `.mts`, `.js` or `.mjs`.
 *
 * @returns its path relative to `root`; that of `secrets.ts` if there is none
 * @throws {DefinitionError} if there are two
 */
export async function findDefinitionFile(root: string, service: string): Promise<string> {
  const named = (await namedDefinitions(root))[service]
  if (named !== undefined) return named
  const folder = `services/${service}/src`
  const [only = DEFINITION_FILES[0], second] = await definitionsIn(root, service)
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
