import type { ServiceDefinition } from '@rekey/config-loader'
import { importModule } from '../import-module.ts'

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
