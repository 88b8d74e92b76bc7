import { execFile } from 'node:child_process'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Account } from './postgres-programs.ts'

/** Options of a data directory. */
export interface ClusterOptions {
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
