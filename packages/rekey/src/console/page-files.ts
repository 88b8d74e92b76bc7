import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SecretError } from '@rekey/secret'

/** A file of the page. */
export interface PageFile {
  readonly type: string
  readonly body: Buffer
}

const TYPES: ReadonlyMap<string, string> = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
])

/** Beside `src` as beside its built form. */
const BUILT = fileURLToPath(new URL('../../dist/page', import.meta.url))

/**
 * Reads the built page into memory, by the path of each file; the page itself is `/`.
 *
 * @throws {SecretError} `missing` if it has not been built
 */
export async function readPageFiles(directory = BUILT): Promise<ReadonlyMap<string, PageFile>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => [])
  const files = entries.filter((entry) => entry.isFile() && TYPES.has(extname(entry.name)))
  const read = files.map(async ({ name, parentPath }) => {
    const path = join(parentPath, name)
    const url = path.slice(directory.length).replace(/\/index\.html$/, '/')
    const type = TYPES.get(extname(name)) ?? ''
    return [url, { type, body: await readFile(path) }] as const
  })
  const page = new Map(await Promise.all(read))
  if (page.has('/')) return page
  throw new SecretError('missing', 'the page of the console is not built: run its target `page`')
}
