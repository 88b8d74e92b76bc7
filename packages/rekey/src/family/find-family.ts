import { stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { jsonIn } from '@rekey/secret'
import { errnoOf, readRegularFile } from '@rekey/secret/internal/files'
import type { Family } from './schema.ts'
import { FamilyError } from './family-error.ts'
import { importModule } from './import-module.ts'
import { readFamily } from './parse-family.ts'

/** The files that may declare the family of a repository, at its top. */
export const FAMILY_FILES = ['family.json', 'family.ts', 'family.js'] as const

/** A family and the file that declares it. */
export interface FoundFamily {
  readonly family: Family
  /** The absolute path. */
  readonly path: string
}

/**
 * Reads the family that a file declares, or a directory holds in one of `FAMILY_FILES`. JSON may name another file in
 * `extends`, whose parts it replaces; a module exports `family`, and is run to be read.
 *
 * @throws {FamilyError} with each problem, if there is no such file, or it declares no family
 */
export async function findFamily(place: string): Promise<FoundFamily> {
  const path = await fileAt(resolve(place))
  const value = path.endsWith('.json') ? await readJson(path) : await importFamily(path)
  return { family: await readFamily(value, path), path }
}

/**
 * Reads a family. @throws {FamilyError} as `findFamily`
 *
 * @example
 * ```ts
 * const family = await loadFamily('.')
 * ```
 */
export async function loadFamily(place: string): Promise<Family> {
  return (await findFamily(place)).family
}

async function fileAt(place: string): Promise<string> {
  if (!(await isDirectory(place))) return place
  const found: string[] = []
  for (const name of FAMILY_FILES) if (await exists(join(place, name))) found.push(name)
  const [only, second] = found
  if (only === undefined) {
    throw failure(place, `it holds no family: write ${FAMILY_FILES.join(' or ')} there`)
  }
  if (second !== undefined)
    throw failure(place, `it holds ${found.join(' and ')}: keep one of them`)
  return join(place, only)
}

async function isDirectory(path: string): Promise<boolean> {
  return (await statOf(path))?.isDirectory() ?? false
}

async function exists(path: string): Promise<boolean> {
  return (await statOf(path)) !== undefined
}

async function statOf(path: string) {
  return stat(path).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw failure(path, 'it cannot be read: check its path and mode')
  })
}

/** One file may extend another, which extends no third. */
async function readJson(path: string, isExtended = false): Promise<unknown> {
  const text = await readRegularFile(path).catch(() => {
    throw failure(path, 'it cannot be read: check its path and mode')
  })
  const value = jsonIn(text)
  if (value === undefined) throw failure(path, 'it is no JSON: check it with a JSON linter')
  if (typeof value !== 'object' || value === null || !('extends' in value)) return value
  const { extends: base, ...own } = value
  if (typeof base !== 'string' || isExtended) {
    throw failure(path, 'name one file, which extends no other', 'extends')
  }
  const extended = await readJson(resolve(dirname(path), base), true)
  return { ...(extended as object), ...own }
}

async function importFamily(path: string): Promise<unknown> {
  const module = (await importModule(path).catch((error: unknown) => {
    if (error instanceof FamilyError) throw error
    throw failure(path, 'it cannot be imported: run the type checker to see why')
  })) as { family?: unknown }
  if (module.family !== undefined) return module.family
  throw failure(path, 'it exports no family: export const family = defineFamily({ … })')
}

function failure(where: string, message: string, path = ''): FamilyError {
  return new FamilyError(where, [{ path, message }])
}
