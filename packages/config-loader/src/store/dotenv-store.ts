import { stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { type Clock, SecretError, type SecretSource, systemClock } from '@rekey/secret'
import { describeUnwritable, fileError } from '@rekey/secret/internal/files'
import { changeDotenvSecret, readDotenv, readDotenvSecrets, targetOf } from './dotenv-file.ts'
import type { Inspectable, SourceWarning } from './inspectable.ts'
import { createInstantReads } from './watched-reads.ts'
import type { WatchableStore } from './memory-store.ts'
import { createStoreVerbs } from './transitions.ts'
import { watchDirectories } from './watch-directories.ts'
import { findDotenvFaults, parseDotenv } from './dotenv-text.ts'
import { secretOfKey } from './stored-stages.ts'

/** Options of {@link openDotenvStore}. */
export interface DotenvStoreOptions {
  /** The file. It need not exist yet; its directory must. */
  readonly path: string
  /** How often it is read again even without an event. Default 5 s. */
  readonly pollMs?: number
  /** Default: the machine's own. */
  readonly clock?: Clock
}

/** A store over one .env file. Disposing it ends its watches. */
export type DotenvStore = WatchableStore &
  Required<Pick<SecretSource, 'readAll'>> &
  Required<Inspectable> &
  AsyncDisposable

const SETTLE_MS = 50

/**
 * Opens a .env file as a store: `NAME`, `NAME__PENDING`, `NAME__PREVIOUS`, each with the time it was written in a comment
 * above it (`# @created 2026-11-24T15:00:00.000Z`), and the journal of its rotation (`# @journal store`) where it has one. The file must keep to a strict dialect, see the error of a `read`.
 *
 * A write replaces the file in one step and keeps every other line, the mode and the owner; writers take turns by a lock
 * file `PATH.lock`. A file that group or others may write is `refused`. One that they may only read is accepted, since
 * that is what most editors and `git` create, and the values here are for development; a new file is made with mode 600.
 *
 * @throws {SecretError} `missing` if there is no such directory, `forbidden`
 *
 * @example
 * ```ts
 * await using store = await openDotenvStore({ path: '.env' })
 * ```
 */
export async function openDotenvStore(options: DotenvStoreOptions): Promise<DotenvStore> {
  const { pollMs = 5_000, clock = systemClock } = options
  const path = resolve(options.path)
  const directories = [dirname(path), dirname(await targetOf(path))]
  await checkDirectory(dirname(path))
  const closing = new AbortController()
  const reads = createInstantReads({
    clock,
    readInstant: () => readDotenvSecrets(path),
    settle: () => clock.sleep(SETTLE_MS),
    wakeUp(wakeup, _name, signal) {
      watchDirectories(wakeup, { directories, pollMs, clock, signal, passesOver: isOfWriter })
    },
  })
  return {
    locator: `dotenv:${path}`,
    ...createStoreVerbs(clock, (change) => changeDotenvSecret(path, change)),
    ...inspectDotenv(path),
    ...reads,
    watch: (name, signal) => reads.watch(name, AbortSignal.any([signal, closing.signal])),
    [Symbol.asyncDispose]() {
      closing.abort()
      return Promise.resolve()
    },
  }
}

/** Whether a file is the lock of a writer, or its text before that is in place: they need no look at the store. */
const isOfWriter = (name: string) => /\.(?:lock|[0-9a-f]{12}\.tmp)$/.test(name)

async function checkDirectory(directory: string): Promise<void> {
  try {
    if ((await stat(directory)).isDirectory()) return
  } catch (error) {
    throw fileError(error, directory)
  }
  throw new SecretError('malformed', `${directory} is not a directory: correct the path`)
}

const OTHERS_MAY_READ = 0o044

/** Inspects a .env file for `rekey doctor`. */
function inspectDotenv(path: string): Required<Inspectable> {
  return {
    async list() {
      const { text } = await readDotenv(path)
      const keys = parseDotenv(text, path).flatMap(({ key }) => key ?? [])
      return [...new Set(keys.map(secretOfKey))]
    },
    async lacks() {
      // A write makes a new file beside the old one, and renames it.
      const fault = await describeUnwritable(dirname(await targetOf(path)))
      return fault === undefined ? [] : [fault]
    },
    rightsToRead: () => [`read ${path}: mode 0600, owned by the user of the service`],
    warnings: () => findWarnings(path),
  }
}

/** Every line that the strict dialect refuses, and who else may read the file. A file that cannot be read has none. */
async function findWarnings(path: string): Promise<SourceWarning[]> {
  try {
    const { text, stat } = await readDotenv(path)
    const dialect = findDotenvFaults(text, path).map(({ details, message }) => {
      return { rule: `dotenv-${String(details['fault'])}`, message }
    })
    if ((stat.mode & OTHERS_MAY_READ) === 0) return dialect
    const message = `${path} may be read by group or others: chmod 600 ${path}`
    return [...dialect, { rule: 'file-mode', message }]
  } catch (error) {
    if (error instanceof SecretError) return []
    throw error
  }
}
