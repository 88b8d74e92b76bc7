import type { Family } from './schema.ts'
import { FamilyError, type FamilyProblem } from './family-error.ts'
import { loadFamily } from './find-family.ts'
import { kindsOf } from './kinds.ts'
import { readFamily } from './parse-family.ts'
import { unfinishedEntries } from './secret-entries.ts'

/** The parts that a family needs in order to be rotated. */
const NEEDED = ['store', 'fleet', 'validationMs'] as const

/** A family and where it runs: everything that a rotator must know of it. Holds no secret. */
export type Deployment = Family & {
  readonly [Part in (typeof NEEDED)[number]]: NonNullable<Family[Part]>
}

/** Where the secrets of a deployment are, and with which variables the client of that store is opened. */
export type StorePlace = Deployment['store']

/**
 * Checks that `value` declares a family and where it runs, and loads the kinds that it declares.
 *
 * @param where the file that it was read from, for the error
 * @throws {FamilyError} with each problem; quotes no value
 */
export async function readDeployment(value: unknown, where: string): Promise<Deployment> {
  return asDeployment(await readFamily(value, where), where)
}

/**
 * Reads a deployment from a file. @throws {FamilyError} as `parseDeployment`
 *
 * @example
 * ```ts
 * const deployment = await loadDeployment('family.json')
 * ```
 */
export async function loadDeployment(path: string): Promise<Deployment> {
  return asDeployment(await loadFamily(path), path)
}

/** Checks that a family has all that a rotator needs. @throws {FamilyError} */
export function asDeployment(family: Family, where: string): Deployment {
  const problems = [...missingParts(family), ...missingProviders(family), ...unfinished(family)]
  if (problems.length > 0) throw new FamilyError(where, problems)
  return family as Deployment
}

function unfinished(family: Family): FamilyProblem[] {
  return unfinishedEntries(family.secrets, kindsOf(family))
}

function missingParts(family: Family): FamilyProblem[] {
  const hasLog = family.auditDirectory !== undefined || family.auditDatabase !== undefined
  const missing = NEEDED.filter((part) => family[part] === undefined)
  return [...missing, ...(hasLog ? [] : ['auditDirectory'])].map((path) => ({
    path,
    message: 'it is missing: a rotator needs it, see README.md of @rekey/rekey',
  }))
}

function missingProviders({ clients, providers }: Family): FamilyProblem[] {
  return clients.flatMap(({ provider }, index) =>
    Object.hasOwn(providers, provider)
      ? []
      : [
          {
            path: `clients[${index}].provider`,
            message: 'there is no such provider: add it to providers',
          },
        ],
  )
}
