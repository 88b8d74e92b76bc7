import { existsSync, readFileSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'

/** The lists of a package.json that name other packages. */
const LISTS = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies']

/** Whether the nearest package.json around `filename` is of the package `name`, or names it among its dependencies. */
export function usesPackage(filename: string, name: string): boolean {
  const manifest = nearestManifest(dirname(filename))
  return (
    manifest?.['name'] === name ||
    LISTS.some((list) => {
      const named = manifest?.[list]
      return typeof named === 'object' && named !== null && Object.hasOwn(named, name)
    })
  )
}

/** Read anew for each file that asks, since an editor lints for hours while dependencies are added. */
function nearestManifest(folder: string): Readonly<Record<string, unknown>> | undefined {
  const file = join(folder, 'package.json')
  if (existsSync(file)) return parse(readFileSync(file, 'utf8'))
  const around = dirname(folder)
  return around === folder || !isAbsolute(folder) ? undefined : nearestManifest(around)
}

/** A text that is no JSON, as in the middle of an edit, names no package. */
function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const manifest: unknown = JSON.parse(text)
    return typeof manifest === 'object' && manifest !== null ? { ...manifest } : undefined
  } catch {
    return undefined
  }
}
