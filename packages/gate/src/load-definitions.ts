import {
  DefinitionError,
  loadServiceFolder,
  type LocatedDefinition,
} from '@rekey/family/definitions'
import type { Finding } from './finding.ts'

/** The definitions that could be read, and what is wrong with the others. */
export interface LoadedDefinitions {
  readonly definitions: readonly LocatedDefinition[]
  readonly findings: readonly Finding[]
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
  try {
    return await loadServiceFolder(root, service)
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error
    const where = { file: `services/${service}/src/secrets.ts` }
    return { check: 'access', rule: 'definition', where, why: error.message, fix: error.fix }
  }
}
