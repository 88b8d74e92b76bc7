import { readdir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'

const SOURCE = /\.[cm]?[jt]sx?$/
const TEST = /\.test\.[\w.]+$/

/** The code of a service, relative to `root`: everything in its `src`, tests apart. */
export async function listSources(root: string, service: string): Promise<string[]> {
  const folder = join(root, 'services', service, 'src')
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(noFolder)
  return entries
    .filter((entry) => entry.isFile() && SOURCE.test(entry.name) && !TEST.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll(sep, '/'))
    .sort()
}

function noFolder(error: unknown): [] {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
  throw error
}
