import type { z } from 'zod'
import { FamilyError, type FamilyProblem } from './family-error.ts'
import { findProblems } from './find-problems.ts'
import { familySchema } from './schema.ts'

/** A family as it is written, in TypeScript or in JSON. */
export type FamilyDeclaration = z.input<typeof familySchema>

/** A family of services and their secrets, with every default in place. Holds no secret. */
export type Family = z.output<typeof familySchema>

/** Where one PostgreSQL login of a family belongs. */
export type FamilyDatabase = Family['databases'][number]

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
export function defineFamily(declaration: FamilyDeclaration): Family {
  return parseFamily(declaration, 'defineFamily')
}

/**
 * Checks that `value` declares a family.
 *
 * @param where the file that it was read from, for the error
 * @throws {FamilyError} with each problem of the declaration; quotes no value of it
 */
export function parseFamily(value: unknown, where: string): Family {
  const result = familySchema.safeParse(value)
  const problems = result.success
    ? findProblems(result.data)
    : result.error.issues.map(describeIssue)
  if (!result.success || problems.length > 0) throw new FamilyError(where, problems)
  return result.data
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
