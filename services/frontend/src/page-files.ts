import { readFile } from 'node:fs/promises'
import { SecretError } from '@rekey/secret'

/** A file of the portal. */
export interface PageFile {
  readonly type: string
  readonly body: Buffer
}

const FILES = [
  ['/portal.js', 'text/javascript; charset=utf-8'],
  ['/portal.css', 'text/css; charset=utf-8'],
  ['/icon.svg', 'image/svg+xml'],
] as const

/**
 * Reads the built files of the portal into memory, by the path of each.
 *
 * @throws {SecretError} `missing` if they have not been built
 */
export async function readPageFiles(): Promise<ReadonlyMap<string, PageFile>> {
  const files = FILES.map(async ([path, type]) => {
    // Beside `src` as beside its built form.
    const body = await readFile(new URL(`../dist/page${path}`, import.meta.url)).catch(() => {
      throw new SecretError('missing', 'the portal is not built: run node build-page.mjs')
    })
    return [path, { type, body }] as const
  })
  return new Map(await Promise.all(files))
}
