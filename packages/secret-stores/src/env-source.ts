import { dirname } from 'node:path'
import { type Clock, type SecretSource, systemClock } from '@rekey/secret'
import { fileVariables, readEnvStages, valueFiles, type Variables } from './env-stages.ts'
import type { Inspectable } from './inspectable.ts'
import { createInstantReads } from './instant-reads.ts'
import { secretOfKey } from './secret-name.ts'
import { watchDirectories } from './watch-directories.ts'

/** Options of {@link createEnvSource}. */
export interface EnvSourceOptions {
  /** The variables, such as `process.env`; read anew at each read. */
  readonly env: Variables
  /** How often files are read again even without an event. Default 5 s. */
  readonly pollMs?: number
  readonly clock?: Clock
}

/** A source that can be watched. */
export type WatchableSource = SecretSource & Required<Pick<SecretSource, 'watch'>>

/** The source of {@link createEnvSource}. Its `list` names every variable that could hold a secret. */
export type EnvSource = WatchableSource &
  Required<Pick<SecretSource, 'readAll'> & Pick<Inspectable, 'list' | 'rightsToRead'>>

const SETTLE_MS = 50

/**
 * Secrets in environment variables: `NAME`, `NAME__PENDING`, `NAME__PREVIOUS`, or with `_FILE` after any of them the path
 * of a UTF-8 file that holds the value (at most 64 KiB; one newline at its end is not part of the value, everything else
 * is). An empty variable or file counts as not there, and so does a file that does not exist, except for `current`, which
 * is then `missing`. A variable and its `_FILE` together are `malformed`. Only files can change, so only they are watched.
 *
 * @example
 * ```ts
 * const source = createEnvSource({ env: process.env })
 * ```
 */
export function createEnvSource(options: EnvSourceOptions): EnvSource {
  const { env, pollMs = 5_000, clock = systemClock } = options
  return {
    locator: 'env',
    list: () => Promise.resolve(listNames(env)),
    rightsToRead: (names) =>
      names
        .flatMap((name) => fileVariables(env, name))
        .map((key) => `read the file that ${key} names`),
    ...createInstantReads({
      readInstant: (names) => readEnvStages(env, names),
      settle: () => clock.sleep(SETTLE_MS),
      wakeUp(wakeup, name, signal) {
        const directories = valueFiles(env, name).map((path) => dirname(path))
        if (directories.length > 0) {
          watchDirectories(wakeup, { directories, pollMs, clock, signal })
        }
      },
    }),
  }
}

function listNames(env: Variables): string[] {
  const names = Object.keys(env).map((key) => secretOfKey(key.replace(/_FILE$/, '')))
  return [...new Set(names)].sort()
}
