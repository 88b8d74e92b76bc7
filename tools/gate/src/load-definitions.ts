import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { LocatedDefinition } from './access-matrix.ts'
import type { Finding } from './finding.ts'

/** The definitions that could be read, and what is wrong with the others. */
export interface LoadedDefinitions {
  readonly definitions: readonly LocatedDefinition[]
  readonly findings: readonly Finding[]
}

/** The services under `root`, by the folders that hold them. */
export async function listServices(root: string): Promise<string[]> {
  const entries = await readdir(join(root, 'services'), { withFileTypes: true })
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
}

/** Imports `services/<name>/src/secrets.ts` of each service and takes its export `definition`. */
export async function loadDefinitions(
  root: string,
  services: readonly string[],
): Promise<LoadedDefinitions> {
  const loaded = await Promise.all(services.map((service) => load(root, service)))
  return {
    definitions: loaded.filter((one) => 'secrets' in one),
    findings: loaded.filter((one) => 'check' in one),
  }
}

async function load(root: string, service: string): Promise<LocatedDefinition | Finding> {
  const file = `services/${service}/src/secrets.ts`
  const failed = (why: string, fix: string): Finding => {
    return { check: 'access', rule: 'definition', where: file, why, fix }
  }
  const imported = await import(pathToFileURL(join(root, file)).href).then(
    (module: unknown) => ({ module }),
    (error: unknown) => ({ error }),
  )
  if ('error' in imported) {
    const kind = imported.error instanceof Error ? imported.error.name : 'an unknown error'
    return failed(`it cannot be imported (${kind})`, 'run npm run typecheck to see why')
  }
  const { definition } = imported.module as { definition?: Omit<LocatedDefinition, 'file'> }
  if (definition === undefined) {
    return failed('it exports no definition', 'export const definition = defineService({ … })')
  }
  if (definition.name !== service) {
    const why = `it defines ${definition.name} in the folder of ${service}`
    return failed(why, 'give the service the name of its folder')
  }
  return { file, name: definition.name, secrets: definition.secrets }
}
