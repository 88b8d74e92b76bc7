import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A directory of files that are gone with it. */
export interface FixtureFiles extends AsyncDisposable {
  readonly directory: string
  /** Writes a file with a name of its own, and gives its path. */
  write(content: string | Buffer, mode?: number): Promise<string>
  /** Makes a directory with these files, and gives its path. */
  directoryOf(files: Readonly<Record<string, string | Buffer>>): Promise<string>
  link(target: string, path: string): Promise<void>
}

/** Makes one. */
export async function openFixtureFiles(): Promise<FixtureFiles> {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-leak-'))
  let made = 0
  const next = () => join(directory, `file-${(made += 1)}`)
  return {
    directory,
    async write(content, mode = 0o600) {
      const path = next()
      await writeFile(path, content)
      await chmod(path, mode)
      return path
    },
    async directoryOf(files) {
      const path = await mkdtemp(`${next()}-`)
      for (const [name, content] of Object.entries(files)) {
        await writeFile(join(path, name), content, { mode: 0o600 })
      }
      return path
    },
    link: (target, path) => symlink(target, path),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  }
}
