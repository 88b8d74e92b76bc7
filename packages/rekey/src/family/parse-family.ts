import { formatOf, requireFormat } from '@rekey/secret/internal'
import type { z } from 'zod'
import { FamilyError, type FamilyProblem } from './family-error.ts'
import { findProblems } from './find-problems.ts'
import {
  KIND_NAMES,
  kindsOf,
  loadKinds,
  OWN_KINDS,
  OWN_STORES,
  type WithKinds,
  type WithStores,
} from './kinds.ts'
import { type Family, familySchema } from './schema.ts'
import { readEntries } from './secret-entries.ts'

/**
 * Checks that `value` declares a family, and loads the kinds that it declares. The kinds that `defineFamily` gave to `value` stay with it.
 *
 * @param where the file that it was read from, for the error
 * @throws {FamilyError} with each problem of the declaration; quotes no value of it
 */
export async function readFamily(value: unknown, where: string): Promise<Family> {
  const parts = readParts(value, where)
  await loadKinds(declaredKinds(parts))
  return checkParts(parts, where)
}

/** Reads the shape of a family. @throws {FamilyError}, {@link SecretError} `refused` for a newer format */
export function readParts(value: unknown, where: string): Family {
  requireFormat('family', formatOf(value), where)
  const own = typeof value === 'object' && value !== null ? ownOf(value) : {}
  const result = familySchema.safeParse(value)
  if (!result.success) throw new FamilyError(where, result.error.issues.map(describeIssue))
  return { ...result.data, ...own }
}

/** Reads the entries of each kind, which must be loaded, and checks what the parts must have in common. @throws {FamilyError} */
export function checkParts(parts: Family, where: string): Family {
  const kinds = kindsOf(parts)
  const missing = declaredKinds(parts).find((kind) => KIND_NAMES.includes(kind) && !kinds.has(kind))
  if (missing !== undefined) throw new TypeError(`the kind ${missing} is not loaded`)
  const { secrets, issues } = readEntries(parts.secrets, kinds)
  const family = { ...parts, secrets }
  const problems = issues.length > 0 ? issues.map(describeIssue) : findProblems(family)
  if (problems.length > 0) throw new FamilyError(where, problems)
  return family
}

/** The kinds of all secrets of a family, also of those that have a section of their own. */
function declaredKinds({ secrets, databases, clients, servers, auditLogins }: Family): string[] {
  return [
    ...Object.keys(secrets),
    ...(databases.length > 0 || auditLogins !== undefined ? ['database'] : []),
    ...(clients.length > 0 ? ['oidc-client'] : []),
    ...(Object.values(servers).some(({ rotated }) => rotated) ? ['rotator-login'] : []),
  ]
}

function ownOf({ [OWN_KINDS]: kinds, [OWN_STORES]: stores }: WithKinds & WithStores) {
  return { ...(kinds && { [OWN_KINDS]: kinds }), ...(stores && { [OWN_STORES]: stores }) }
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
