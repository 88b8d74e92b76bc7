import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

interface Manifest {
  readonly name: string
  readonly description: string
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, unknown>>>>
  readonly nx?: { readonly tags?: readonly string[] }
}

/** A module that a package exports. */
export interface Entry {
  /** The name that it is imported by, such as `@rekey/secret/kind`. */
  readonly name: string
  /** The folder of its package. */
  readonly folder: string
  /** The path of its source. */
  readonly file: string
  /** The path of its types, where the package is built. */
  readonly types: string
  /** From the manifest of the package; only of its main entry. */
  readonly description?: string
}

/** `internal` entries are for sibling packages, without promise: `./internal`, and what is below it. */
export type Audience = 'public' | 'internal'

const INTERNAL = /^\.\/internal(?:\/|$)/

/** Finds the folders of the packages of the repository at `root`. */
export function findPackages(root: string): string[] {
  return readdirSync(join(root, 'packages'))
    .map((folder) => join(root, 'packages', folder))
    .filter((folder) => existsSync(join(folder, 'package.json')))
}

/** Whether a package connects one product of others, and is installed by those alone who use it. */
export function isIntegration(folder: string): boolean {
  return readManifest(folder).nx?.tags?.includes('integration') === true
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}

/** Finds the modules that the packages of the repository at `root` export, apart from support of tests, which has no types. */
export function findEntries(root: string, audience: Audience = 'public'): Entry[] {
  return findPackages(root).flatMap((folder) => {
    const { name, description, exports = {} } = readManifest(folder)
    return Object.entries(exports).flatMap(([path, target]) => {
      if (typeof target === 'string' || INTERNAL.test(path) !== (audience === 'internal')) return []
      const { '@rekey/source': source, types } = target
      if (typeof source !== 'string' || typeof types !== 'string') return []
      const entry = { folder, file: join(folder, source), types: join(folder, types) }
      return [{ ...entry, name: name + path.slice(1), ...(path === '.' && { description }) }]
    })
  })
}
