import { type Family, FAMILY_FILES, findFamily } from '@rekey/rekey/internal'
import { FamilyError, findContradictions } from '@rekey/rekey'
import type { CheckOutcome, Finding } from './finding.ts'
import { dirname, join, relative, sep } from 'node:path'
import {
  DefinitionError,
  findDrift,
  loadServiceFolder,
  type LocatedDefinition,
} from '@rekey/rekey/internal/definitions'

/** Whether the service definitions and the family agree about who holds which secret. */
export function checkAccess(
  { family, file, findings: unread }: LoadedFamily,
  { definitions, findings }: LoadedDefinitions,
): CheckOutcome {
  const secrets = definitions.flatMap((definition) => Object.keys(definition.secrets)).length
  const isComplete = findings.length === 0
  const contradictions = family ? findContradictions(family, definitions, { file, isComplete }) : []
  return {
    findings: [
      ...unread,
      ...findings,
      ...contradictions.map((found): Finding => ({ check: 'access', ...found })),
    ],
    covered: `${definitions.length} services, ${secrets} secrets`,
  }
}

/** Whether the files that follow from the service definitions are as they should be. */
export async function checkDrift(
  root: string,
  definitions: readonly LocatedDefinition[],
): Promise<CheckOutcome> {
  const findings = await Promise.all(definitions.map((definition) => check(root, definition)))
  return {
    findings: findings.flat(),
    covered: `.env.example and service.schema.json of ${definitions.length} services`,
  }
}

async function check(root: string, definition: LocatedDefinition): Promise<Finding[]> {
  const folder = dirname(dirname(definition.file))
  const drifted = await findDrift(join(root, folder), definition)
  return drifted.map(({ name }) => ({
    check: 'drift',
    rule: 'generated-file',
    where: { file: `${folder}/${name}` },
    why: `it is not what follows from ${definition.file}`,
    fix: `npx rekey generate ${definition.name}`,
  }))
}

/** The definitions that could be read, and what is wrong with the others. */
export interface LoadedDefinitions {
  readonly definitions: readonly LocatedDefinition[]
  readonly findings: readonly Finding[]
}

/** Imports the definition of each service. */
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
    const where = { file: relative(root, error.file).replaceAll(sep, '/') }
    return { check: 'access', rule: 'definition', where, why: error.message, fix: error.fix }
  }
}

/** The family of a repository, or what is wrong with its declaration. */
export interface LoadedFamily {
  readonly family: Family | undefined
  /** Relative to the top of the work tree. */
  readonly file: string
  readonly findings: readonly Finding[]
}

/** Reads the family that the repository at `root` declares at its top. */
export async function readDeclaredFamily(root: string): Promise<LoadedFamily> {
  try {
    const { family, path } = await findFamily(root)
    return { family, file: relative(root, path), findings: [] }
  } catch (error) {
    if (!(error instanceof FamilyError)) throw error
    const [usual] = FAMILY_FILES
    const file = relative(root, error.where) || usual
    const findings = error.problems.map(({ path, message }): Finding => {
      const where = path === '' ? { file } : { file, part: path }
      const fix = 'correct the declaration, see README.md of @rekey/rekey'
      return { check: 'access', rule: 'family', where, why: message, fix }
    })
    return { family: undefined, file, findings }
  }
}
