import type { z } from 'zod'
import { type Family, type FamilyDeclaration, familySchema } from './schema.ts'
import { FamilyError, type FamilyProblem, findProblems } from './find-problems.ts'
import type { SecretKind } from '@rekey/secret/kind'
import { KINDS, kindsOf, OWN_KINDS, type WithKinds } from './kinds.ts'
import { readEntries } from './secret-entries.ts'

/** Options of a family. */
export interface FamilyOptions {
  /** Kinds of secret of its own, beside those of `KINDS`. */
  readonly kinds?: readonly SecretKind[]
}

/**
 * Declares a family of services: who they are, which secrets they hold, and where those live. Does no I/O.
 *
 * @throws {FamilyError} with each problem of the declaration
 * @example
 * ```ts
 * export const family = defineFamily({
 *   services: ['frontend', 'signing'],
 *   secrets: { 'api-key': ['frontend:signing'], 'ca-passphrase': ['signing'] },
 *   databases: [{ service: 'frontend', database: 'portal', ownerRole: 'portal_owner' }],
 * })
 * ```
 */
export function defineFamily(
  declaration: FamilyDeclaration,
  { kinds }: FamilyOptions = {},
): Family {
  const taken = kinds?.find(({ kind }) => KINDS.has(kind))
  if (taken !== undefined) {
    const message = `the kind ${taken.kind} exists already: give yours another name`
    throw new FamilyError('defineFamily', [{ path: 'kinds', message }])
  }
  return parseFamily({ ...declaration, ...(kinds && { [OWN_KINDS]: kinds }) }, 'defineFamily')
}

/**
 * Checks that `value` declares a family. The kinds that `defineFamily` gave to `value` stay with it.
 *
 * @param where the file that it was read from, for the error
 * @throws {FamilyError} with each problem of the declaration; quotes no value of it
 */
export function parseFamily(value: unknown, where: string): Family {
  const own: WithKinds = typeof value === 'object' && value !== null ? ownKinds(value) : {}
  const result = familySchema.safeParse(value)
  if (!result.success) throw new FamilyError(where, result.error.issues.map(describeIssue))
  const { secrets, issues } = readEntries(result.data.secrets, kindsOf(own))
  const family = { ...result.data, secrets, ...own }
  const problems = issues.length > 0 ? issues.map(describeIssue) : findProblems(family)
  if (problems.length > 0) throw new FamilyError(where, problems)
  return family
}

function ownKinds({ [OWN_KINDS]: kinds }: WithKinds): WithKinds {
  return kinds === undefined ? {} : { [OWN_KINDS]: kinds }
}

function describeIssue(issue: z.core.$ZodIssue): FamilyProblem {
  const path = formatPath(issue.path)
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys.map((key) => JSON.stringify(key)).join(', ')
    return { path, message: `there is no key ${keys}: check its spelling, or remove it` }
  }
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined')) {
    return { path, message: `it is missing: add it (${issue.expected})` }
  }
  if (issue.code === 'invalid_key') {
    return { path, message: issue.issues.map(({ message }) => message).join(', ') }
  }
  return { path, message: issue.message }
}

function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((before, part) => {
    if (typeof part === 'number') return `${before}[${part}]`
    return before === '' ? String(part) : `${before}.${String(part)}`
  }, '')
}
