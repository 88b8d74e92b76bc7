import { access } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { findContradictions } from '../family/access/find-contradictions.ts'
import type { Contradiction } from '../family/access/service-secret.ts'
import { FAMILY_FILES, findFamily, type FoundFamily } from '../family/find-family.ts'
import { OWN_STORES } from '../family/kinds.ts'
import { SecretError } from '@rekey/secret'
import { z } from 'zod'
import { checkModules } from './check-modules.ts'
import type { CliContext } from './cli-context.ts'
import { UsageError } from './failure.ts'
import { familyFlag } from './family-flag.ts'
import type { ServiceAndOthers } from './find-definitions.ts'
import { jsonLine } from './json-output.ts'

/**
 * Finds the family that the working directory declares. A file that was found, not named, must be this user's own: a module is run
 * to be read, and JSON decides where secrets go.
 *
 * @returns nothing if no file declares one
 * @throws {FamilyError} with each problem of the declaration
 * @throws {SecretError} `refused` for a file that another user could have changed
 */
export async function familyHere({ cwd }: Pick<CliContext, 'cwd'>) {
  const present: string[] = []
  for (const name of FAMILY_FILES) {
    const path = join(cwd, name)
    const isThere = await access(path).then(
      () => true,
      () => false,
    )
    if (isThere) present.push(path)
  }
  if (present.length === 0) return undefined
  for (const path of present) {
    await checkModules(cwd, path).catch((error: unknown) => {
      if (!(error instanceof SecretError)) throw error
      throw new SecretError(error.code, `${error.message}; or name it: --family ${path}`)
    })
  }
  return findFamily(cwd)
}

/**
 * The stores that the named family, or that of the working directory, brings along, where a locator may need one. For a built-in store no
 * family is read.
 *
 * @throws as {@link namedFamily}, but without a family there are none
 */
export async function storesFor(locator: string, context: Pick<CliContext, 'cwd' | 'env'>) {
  const { SCHEMES } = await import('@rekey/config-loader/internal/locate')
  const [scheme = ''] = locator.split(':')
  // A sources file may name locators of any store.
  if (scheme !== 'file' && SCHEMES.includes(scheme)) return undefined
  return (await familyNamedOrHere(undefined, context))?.family[OWN_STORES]
}

/**
 * Finds the family of the file that is named, or that the working directory declares.
 *
 * @throws {UsageError} if neither is there
 * @throws {FamilyError} as {@link familyHere}
 */
export async function namedFamily(
  named: string | undefined,
  context: Pick<CliContext, 'cwd' | 'env'>,
): Promise<FoundFamily> {
  const found = await familyNamedOrHere(named, context)
  if (found !== undefined) return found
  throw new UsageError('no family.json here: run it where one is, or name it with --family')
}

async function familyNamedOrHere(
  named: string | undefined,
  context: Pick<CliContext, 'cwd' | 'env'>,
): Promise<FoundFamily | undefined> {
  const file = familyFlag({ ...(named !== undefined && { family: named }) }, context)
  return file === undefined ? familyHere(context) : findFamily(resolve(context.cwd, file))
}

/** The line of a contradiction, with further parts. */
export function contradictionLine<S extends z.ZodRawShape>(more: S) {
  return jsonLine('contradiction', 'Where a definition and the family do not agree.', {
    ...more,
    rule: z.string(),
    where: z.object({ file: z.string(), part: z.string().optional() }),
    why: z.string(),
    fix: z.string(),
  })
}

/** Where the definition of a service contradicts the family that the working directory declares, if it declares one. */
export async function contradictionsHere(
  { definition, others }: ServiceAndOthers,
  context: Pick<CliContext, 'cwd'>,
): Promise<Contradiction[]> {
  const found = await familyHere(context)
  if (found === undefined) return []
  const all = findContradictions(found.family, [definition, ...others], { file: found.path })
  return all.filter(({ where }) => where.file === definition.file)
}
