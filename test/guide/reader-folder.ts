import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** The top of this repository. */
export const ROOT = join(import.meta.dirname, '../..')

/** The folder of a reader, who has installed the packages and what they are used with. */
export interface ReaderFolder extends AsyncDisposable {
  readonly path: string
  readonly write: (files: ReadonlyMap<string, string>, below?: string) => Promise<string[]>
}

export async function openReaderFolder(): Promise<ReaderFolder> {
  const path = await mkdtemp(join(tmpdir(), 'rekey-guide-'))
  await symlink(join(ROOT, 'node_modules'), join(path, 'node_modules'))
  return {
    path,
    async write(files, below = '') {
      const written = [...files].map(async ([name, text]) => {
        const file = join(path, below, name)
        await mkdir(dirname(file), { recursive: true })
        await writeFile(file, text)
        return file
      })
      return Promise.all(written)
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  }
}
