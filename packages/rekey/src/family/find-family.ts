import { stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { jsonIn } from '@rekey/secret'
import { describeBrokenJson, describeMissingPackage } from '@rekey/secret/internal'
import { errnoOf, fileError, readRegularFile } from '@rekey/secret/internal/files'
import type { Family } from './schema.ts'
import { FamilyError } from './family-error.ts'
import { importModule } from './import-module.ts'
import { KIND_NAMES, OWN_KINDS, OWN_STORES, type WithKinds, type WithStores } from './kinds.ts'
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
 * `extends`, whose parts it replaces, and modules that bring kinds and stores in `kinds` and `stores`; a module exports `family`, and is run to be read.
 *
 * @param options `runsModules`: whether a module is run. Default true; else a family that is one is refused, and of one that names some only what needs none is read: neither its own kinds, nor policy and store
 * @throws {FamilyError} with each problem, if there is no such file, or it declares no family
 */
export async function findFamily(
  place: string,
  { runsModules = true }: { readonly runsModules?: boolean } = {},
): Promise<FoundFamily> {
  const path = await fileAt(resolve(place))
  const parts = await readParts(path, runsModules ? RUN : NOT_RUN)
  return { family: await readFamily(runsModules ? parts : withoutOwnKinds(parts), path), path }
}

/** The modules that a file names. */
type Named = Readonly<Partial<Record<'kinds' | 'stores', unknown>>>

/** How the modules are read that a family is, or that it names. */
interface Modules {
  family(path: string): Promise<unknown>
  named(path: string, names: Named): Promise<WithKinds & WithStores>
}

const RUN: Modules = {
  family: importFamily,
  async named(path, { kinds, stores }) {
    const { importKinds, importStores } = await import('./import-named.ts')
    return {
      ...(kinds !== undefined && { [OWN_KINDS]: await importKinds(path, kinds) }),
      ...(stores !== undefined && { [OWN_STORES]: await importStores(path, stores) }),
    }
  },
}

const NOT_RUN: Modules = {
  family(path) {
    throw failure(path, 'it is a module, which is not run here: name a file of JSON')
  },
  named: () => Promise.resolve({}),
}

/** Leaves out what the kinds and the stores of modules can stand in. */
function withoutOwnKinds(parts: unknown): unknown {
  if (typeof parts !== 'object' || parts === null) return parts
  const { secrets = {} } = parts as Partial<Family>
  const known = Object.entries(secrets).filter(([kind]) => KIND_NAMES.includes(kind))
  return { ...parts, policy: undefined, store: undefined, secrets: Object.fromEntries(known) }
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
    throw unreadable(path, error)
  })
}

/** One file may extend another, which extends no third. */
async function readParts(path: string, modules: Modules, isExtended = false): Promise<unknown> {
  if (!path.endsWith('.json')) return modules.family(path)
  const text = await readRegularFile(path).catch((error: unknown) => {
    throw unreadable(path, error)
  })
  const value = jsonIn(text)
  if (value === undefined) throw failure(path, `it is ${describeBrokenJson(text)}`)
  if (typeof value !== 'object' || value === null) return value
  const { extends: base, kinds, stores, ...rest } = value as Named & { extends?: unknown }
  const named = { ...(kinds !== undefined && { kinds }), ...(stores !== undefined && { stores }) }
  const isNamed = Object.keys(named).length > 0
  const own = isNamed ? { ...rest, ...(await modules.named(path, named)) } : rest
  if (base === undefined) return own
  if (typeof base !== 'string' || isExtended) {
    throw failure(path, 'name one file, which extends no other', 'extends')
  }
  const extended = await readParts(resolve(dirname(path), base), modules, true)
  return { ...(extended as object), ...own }
}

async function importFamily(path: string): Promise<unknown> {
  await readRegularFile(path).catch((error: unknown) => {
    throw unreadable(path, error)
  })
  const module = (await importModule(path).catch((error: unknown) => {
    if (error instanceof FamilyError) throw error
    const why = describeMissingPackage(error) ?? 'run the type checker to see why'
    throw failure(path, `it cannot be imported: ${why}`)
  })) as { family?: unknown }
  if (module.family !== undefined) return module.family
  throw failure(path, 'it exports no family: export const family = defineFamily({ … })')
}

function unreadable(path: string, error: unknown): FamilyError {
  const { message } = fileError(error, 'it') as Error
  return failure(path, message)
}

function failure(where: string, message: string, path = ''): FamilyError {
  return new FamilyError(where, [{ path, message }])
}
