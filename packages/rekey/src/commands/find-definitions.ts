import { dirname, join, relative, resolve } from 'node:path'
import type { ServiceDefinition } from '@rekey/config-loader'
import {
  DefinitionError,
  findDefinitionFile,
  listServices,
  type LocatedDefinition,
  loadDefinition,
  loadServiceFolder,
} from '../family/definitions/load-definition.ts'
import { SecretError } from '@rekey/secret'
import { errnoOf } from '@rekey/secret/internal/files'
import { checkModules } from './check-modules.ts'
import type { CliContext } from './cli-context.ts'
import { UsageError } from './failure.ts'

/** Flags of the commands that read service definitions. */
export interface DefinitionFlags {
  /** Modules that export `definition`, in place of those under `services/`. */
  readonly definition?: readonly string[]
  readonly json?: boolean
}

/** A service definition and where the files that are made from it belong. */
export interface FoundDefinition {
  readonly definition: ServiceDefinition
  /** The module, relative to the working directory. */
  readonly file: string
  readonly folder: string
}

/**
 * The definitions of the named services, or of all, in the order of their names.
 *
 * @throws {UsageError} for a service that has no definition, and for a definition that cannot be read
 * @throws {SecretError} `refused` for a definition that was found, not named, and that another user could have changed
 */
export async function findDefinitions(
  services: readonly string[],
  flags: DefinitionFlags,
  { cwd }: CliContext,
): Promise<FoundDefinition[]> {
  const found = await explained(() => loadAll(flags, cwd))
  const names = found.map(({ definition }) => definition.name)
  for (const service of services) {
    if (names.includes(service)) continue
    throw new UsageError(`there is no definition of ${service}; there are: ${names.join(', ')}`)
  }
  const wanted = services.length === 0 ? names : services
  return found.filter(({ definition }) => wanted.includes(definition.name))
}

/** The definition of one service. @throws {UsageError} as {@link findDefinitions} */
export async function findDefinition(
  service: string,
  flags: DefinitionFlags,
  context: CliContext,
): Promise<LocatedDefinition> {
  const [one] = await findDefinitions([service], flags, context)
  if (one === undefined) throw new TypeError('a service that was found is not there')
  return located(one)
}

/** One service, and the others that are known, whose secrets it must not have. */
export interface ServiceAndOthers {
  readonly definition: LocatedDefinition
  readonly others: readonly LocatedDefinition[]
}

/** The definition of one service beside all others. @throws {UsageError} as {@link findDefinitions} */
export async function findService(
  service: string,
  flags: DefinitionFlags,
  context: CliContext,
): Promise<ServiceAndOthers> {
  const definition = await findDefinition(service, flags, context)
  const all = await findDefinitions([], flags, context)
  const others = all.map(located).filter(({ name }) => name !== service)
  return { definition, others }
}

function located({ definition, file }: FoundDefinition): LocatedDefinition {
  return { ...definition, file }
}

async function loadAll({ definition }: DefinitionFlags, cwd: string): Promise<FoundDefinition[]> {
  if (definition !== undefined) {
    const paths = definition.map((path) => resolve(cwd, path))
    return Promise.all(
      paths.map(async (path) => ({
        definition: await loadDefinition(path),
        ...{ file: relative(cwd, path), folder: dirname(path) },
      })),
    )
  }
  const services = await listServices(cwd).catch((error: unknown) => {
    if (errnoOf(error) !== 'ENOENT') throw error
    throw new UsageError('there is no folder services here: name a module with --definition')
  })
  return Promise.all(
    services.map(async (service) => {
      await checkFound(cwd, join(cwd, await findDefinitionFile(cwd, service)))
      const { file, ...definition } = await loadServiceFolder(cwd, service)
      const own = `services/${service}`
      const folder = file.startsWith(`${own}/`) ? own : dirname(file)
      return { definition, file, folder: join(cwd, folder) }
    }),
  )
}

/**
 * To import a module is to run it, and what it imports, with this environment: one that was only found must be this user's own.
 *
 * @throws {SecretError} `refused`
 */
async function checkFound(root: string, module: string): Promise<void> {
  try {
    await checkModules(root, module)
  } catch (error) {
    if (!(error instanceof SecretError)) throw error
    // The error of the import is complete.
    if (error.code === 'missing') return
    throw new SecretError(error.code, `${error.message}; or name it: --definition ${module}`)
  }
}

async function explained<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error
    throw new UsageError(`${error.file}: ${error.message}: ${error.fix}`)
  }
}
