import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DisposalStack } from '@rekey/secret'
import { openPackageRegistry, PACKAGES, packPackages } from '@rekey/test-packed'

/** The folder of a reader: outside of this repository, and empty but for what the page has him write and install. */
export interface ReaderFolder extends AsyncDisposable {
  readonly path: string
  readonly write: (files: ReadonlyMap<string, string>, below?: string) => Promise<string[]>
  /** Removes all but what is installed, for a page that begins anew. */
  readonly clear: () => Promise<void>
}

/** How long the removal of all that was installed may take on a busy machine. */
export const CLOSE_MS = 120_000

/** What npm leaves behind. */
const INSTALLED = new Set(['.npmrc', 'node_modules', 'package.json', 'package-lock.json'])

/** Packs the packages, and makes a folder in which npm finds them as if they were published. */
export async function openReaderFolder(): Promise<ReaderFolder> {
  const own = new DisposalStack({ limitMs: CLOSE_MS })
  const path = await mkdtemp(join(tmpdir(), 'rekey-guide-'))
  own.defer(() => rm(path, { recursive: true }), 'folder')
  const tarballs = await mkdtemp(join(tmpdir(), 'rekey-tarballs-'))
  own.defer(() => rm(tarballs, { recursive: true }), 'tarballs')
  const packed = await packPackages(PACKAGES, tarballs)
  const { npmrc } = own.use(await openPackageRegistry(packed), 'registry')
  const settings = ['audit=false', 'fund=false', 'prefer-offline=true', 'update-notifier=false']
  await writeFile(join(path, '.npmrc'), [npmrc, ...settings, ''].join('\n'))
  return {
    path,
    async write(files, below = '') {
      const written = [...files].map(async ([name, text]) => {
        const file = join(path, below, name)
        // Later pages share what the first one has installed, which npm has written there.
        if (file === join(path, 'package.json') && existsSync(file)) return file
        await mkdir(dirname(file), { recursive: true })
        await writeFile(file, text)
        return file
      })
      return Promise.all(written)
    },
    async clear() {
      const others = (await readdir(path)).filter((name) => !INSTALLED.has(name))
      await Promise.all(others.map((name) => rm(join(path, name), { recursive: true })))
    },
    [Symbol.asyncDispose]: () => own.dispose(),
  }
}
