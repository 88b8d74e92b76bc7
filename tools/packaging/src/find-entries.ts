import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

interface Manifest {
  readonly name: string
  readonly description: string
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>
}

/** A module that a package exports. */
export interface Entry {
  /** The name that it is imported by, such as `@rekey/secret/kind`. */
  readonly name: string
  /** The path of its source. */
  readonly file: string
  /** From the manifest of the package; only of its main entry. */
  readonly description?: string
}

/** Finds the modules that the packages of the repository at `root` export, apart from support of tests. */
export function findEntries(root: string): Entry[] {
  return readdirSync(join(root, 'packages')).flatMap((folder) => {
    const text = readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8')
    const { name, description, exports = {} } = JSON.parse(text) as Manifest
    return Object.entries(exports).flatMap(([path, target]) => {
      const source = typeof target === 'string' ? undefined : target['@rekey/source']
      if (source === undefined || source.includes('.test.')) return []
      const file = join(root, 'packages', folder, source)
      return [{ name: name + path.slice(1), file, ...(path === '.' && { description }) }]
    })
  })
}
