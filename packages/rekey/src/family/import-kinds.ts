import { createRequire } from 'node:module'
import { dirname, resolve } from 'node:path'
import type { SecretKind } from '@rekey/secret/kind'
import { describeMissingPackage } from '@rekey/secret/internal'
import { FamilyError } from './family-error.ts'
import { importModule } from './import-module.ts'
import { KIND_NAMES } from './kinds.ts'

/**
 * Imports the kinds of secret that a file of JSON names: `"kinds": ["@rekey/redis/rotate", "./licence.ts"]`. A package is the one that
 * the folder of the file has installed.
 *
 * @param path of the file
 * @throws {FamilyError} for a module that is not there, brings no kind, or one that exists already
 */
export async function importKinds(path: string, modules: unknown): Promise<readonly SecretKind[]> {
  if (!Array.isArray(modules)) throw failure(path, 'list the modules that bring kinds')
  const kinds: SecretKind[] = []
  for (const [index, name] of modules.entries()) {
    const at = `kinds[${index}]`
    const { default: common = {}, ...named } = await importNamed(path, name, at)
    // A package is resolved to its CommonJS, whose exports are its default.
    const found = Object.values({ ...named, ...common }).filter(isKind)
    if (found.length === 0) throw failure(path, 'it brings no kind: see its page', at)
    const taken = [...KIND_NAMES, ...kinds.map(({ kind }) => kind)]
    const double = found.find(({ kind }) => taken.includes(kind))
    if (double !== undefined) throw failure(path, `the kind ${double.kind} exists already`, at)
    kinds.push(...found)
  }
  return kinds
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
  if (typeof value !== 'object' || value === null) return false
  const { kind, parties, storeName, lifeOf } = value as Partial<Record<keyof SecretKind, unknown>>
  const isNamed = typeof kind === 'string' && Array.isArray(parties)
  return isNamed && typeof storeName === 'function' && typeof lifeOf === 'function'
}

function failure(where: string, message: string, path = 'kinds'): FamilyError {
  return new FamilyError(where, [{ path, message }])
}
