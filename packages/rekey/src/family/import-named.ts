import { createRequire } from 'node:module'
import { dirname, resolve } from 'node:path'
import type { SecretKind } from '@rekey/secret/kind'
import type { StoreDefinition } from '@rekey/secret/internal'
import { describeMissingPackage } from '@rekey/secret/internal'
import { FamilyError } from './family-error.ts'
import { importModule } from './import-module.ts'
import { KIND_NAMES } from './kinds.ts'

/** One field of a file, and the objects that its modules bring. */
interface Brought<T> {
  readonly field: 'kinds' | 'stores'
  readonly what: 'kind' | 'store'
  readonly isOne: (value: unknown) => value is T
  readonly nameOf: (one: T) => string
  /** The names that every family has. */
  readonly taken: readonly string[]
}

const KINDS: Brought<SecretKind> = {
  field: 'kinds',
  what: 'kind',
  isOne: isKind,
  nameOf: ({ kind }) => kind,
  taken: KIND_NAMES,
}

const STORES: Omit<Brought<StoreDefinition>, 'taken'> = {
  field: 'stores',
  what: 'store',
  isOne: isDefinition,
  nameOf: ({ scheme }) => scheme,
}

/**
 * Imports the kinds of secret that a file of JSON names: `"kinds": ["@rekey/redis/rotate", "./licence.ts"]`. A package is the one that
 * the folder of the file has installed.
 *
 * @param path of the file
 * @throws {FamilyError} for a module that is not there, brings no kind, or one that exists already
 */
export function importKinds(path: string, modules: unknown): Promise<readonly SecretKind[]> {
  return importEach(path, modules, KINDS)
}

/**
 * Imports the stores that a file of JSON names: `"stores": ["@acme/table-store", "./table-store.ts"]`.
 *
 * @param path of the file
 * @throws {FamilyError} as {@link importKinds}
 */
export async function importStores(
  path: string,
  modules: unknown,
): Promise<readonly StoreDefinition[]> {
  const { SCHEMES: taken } = await import('@rekey/config-loader/internal/locate')
  return importEach(path, modules, { ...STORES, taken })
}

async function importEach<T>(path: string, modules: unknown, brought: Brought<T>): Promise<T[]> {
  const { field, what, isOne, nameOf, taken } = brought
  if (!Array.isArray(modules)) {
    throw failure(path, `list the modules that bring ${field}`, field)
  }
  const all: T[] = []
  for (const [index, name] of modules.entries()) {
    const at = `${field}[${index}]`
    const { default: common = {}, ...named } = await importNamed(path, name, at)
    // A package is resolved to its CommonJS, whose exports are its default.
    const found = Object.values({ ...named, ...common }).filter(isOne)
    if (found.length === 0) throw failure(path, `it brings no ${what}: see its page`, at)
    const names = [...taken, ...all.map(nameOf)]
    const double = found.map(nameOf).find((each) => names.includes(each))
    if (double !== undefined) throw failure(path, `the ${what} ${double} exists already`, at)
    all.push(...found)
  }
  return all
}

/** A module. */
interface Imported {
  readonly default?: object
}

async function importNamed(path: string, name: unknown, at: string): Promise<Imported> {
  if (typeof name !== 'string') throw failure(path, 'name a package or a file', at)
  try {
    const file = /^\.{0,2}\//.test(name)
      ? resolve(dirname(path), name)
      : createRequire(path).resolve(name)
    return (await importModule(file)) as Imported
  } catch (error) {
    const missing = describeMissingPackage(error)
    throw failure(path, `it cannot be imported: ${missing ?? 'install or correct it'}`, at)
  }
}

function isKind(value: unknown): value is SecretKind {
  const { kind, parties, storeName, lifeOf } = fieldsOf<SecretKind>(value)
  const isNamed = typeof kind === 'string' && Array.isArray(parties)
  return isNamed && typeof storeName === 'function' && typeof lifeOf === 'function'
}

function isDefinition(value: unknown): value is StoreDefinition {
  const { scheme, open } = fieldsOf<StoreDefinition>(value)
  return typeof scheme === 'string' && typeof open === 'function'
}

function fieldsOf<T>(value: unknown): Partial<Record<keyof T, unknown>> {
  return typeof value === 'object' && value !== null ? value : {}
}

function failure(where: string, message: string, path: string): FamilyError {
  return new FamilyError(where, [{ path, message }])
}
