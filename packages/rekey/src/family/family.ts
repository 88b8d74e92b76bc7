import type { StoreDefinition } from '@rekey/secret/internal'
import type { SecretKind } from '@rekey/secret/kind'
import { KINDS } from './all-kinds.ts'
import { asDeployment, type Deployment } from './deployment.ts'
import { FamilyError } from './family-error.ts'
import { keepKinds, OWN_KINDS, OWN_STORES } from './kinds.ts'
import { checkParts, readParts } from './parse-family.ts'
import type { Family, FamilyDeclaration } from './schema.ts'

/** Options of a family. */
export interface FamilyOptions {
  /** Kinds of secret of its own, beside those of `KINDS`. */
  readonly kinds?: readonly SecretKind[]
  /** Stores of its own, whose locators its commands open, beside the built-in ones. */
  readonly stores?: readonly StoreDefinition[]
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
  { kinds, stores }: FamilyOptions = {},
): Family {
  const taken = kinds?.find(({ kind }) => KINDS.has(kind))
  if (taken !== undefined) {
    const message = `the kind ${taken.kind} exists already: give yours another name`
    throw new FamilyError('defineFamily', [{ path: 'kinds', message }])
  }
  const own = { ...(kinds && { [OWN_KINDS]: kinds }), ...(stores && { [OWN_STORES]: stores }) }
  return parseFamily({ ...declaration, ...own }, 'defineFamily')
}

/**
 * Checks that `value` declares a family. The kinds that `defineFamily` gave to `value` stay with it.
 *
 * @param where the file that it was read from, for the error
 * @throws {FamilyError} with each problem of the declaration; quotes no value of it
 */
export function parseFamily(value: unknown, where: string): Family {
  keepKinds([...KINDS.values()])
  return checkParts(readParts(value, where), where)
}

/**
 * Checks that `value` declares a family and where it runs.
 *
 * @param where the file that it was read from, for the error
 * @throws {FamilyError} with each problem; quotes no value
 */
export function parseDeployment(value: unknown, where: string): Deployment {
  return asDeployment(parseFamily(value, where), where)
}
