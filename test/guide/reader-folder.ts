import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
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
  await linkPackages(path)
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

/** A clean clone has no `rekey` among its commands: npm links a command only if its file is there, and it is built after the installation. */
async function linkPackages(path: string): Promise<void> {
  const [from, to] = [join(ROOT, 'node_modules'), join(path, 'node_modules')]
  await mkdir(join(to, '.bin'), { recursive: true })
  for (const name of await readdir(from)) {
    if (name !== '.bin') await symlink(join(from, name), join(to, name))
  }
  for (const name of await readdir(join(from, '.bin'))) {
    if (name !== 'rekey') await symlink(join(from, '.bin', name), join(to, '.bin', name))
  }
  const rekey = join(ROOT, 'packages/cli/dist/main.js')
  await chmod(rekey, 0o755)
  await symlink(rekey, join(to, '.bin/rekey'))
}
