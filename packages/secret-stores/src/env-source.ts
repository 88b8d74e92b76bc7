import { dirname } from 'node:path'
import {
  type Clock,
  SecretError,
  type SecretSource,
  type Stage,
  STAGES,
  type StagedSecret,
  systemClock,
} from '@rekey/secret'
import { readTextFile } from './read-text-file.ts'
import { stageKey } from './secret-name.ts'
import { stagedSecret, type StoredStages } from './stored-stages.ts'
import { watchDirectories } from './watch-directories.ts'
import { createWatchedReads } from './watched-reads.ts'

/** What {@link createEnvSource} reads. */
export interface EnvSourceOptions {
  /** The variables, such as `process.env`; read anew at each read. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** How often files are read again even without an event. Default 5 s. */
  readonly pollMs?: number
  readonly clock?: Clock
}

/** A source that can be watched. */
export type WatchableSource = Required<SecretSource>

type Variables = EnvSourceOptions['env']

const MAX_FILE_BYTES = 64 * 1024
const MAX_ATTEMPTS = 5
const SETTLE_MS = 50

/**
 * Secrets in environment variables: `NAME`, `NAME__PENDING`, `NAME__PREVIOUS`, or with `_FILE` after any of them the path
 * of a UTF-8 file that holds the value (at most 64 KiB; one newline at its end is not part of the value, everything else
 * is). An empty variable or file counts as not there, and so does a file that does not exist, except for `current`, which
 * is then `missing`. A variable and its `_FILE` together are `malformed`. Only files can change, so only they are watched.
 */
export function createEnvSource(options: EnvSourceOptions): WatchableSource {
  const { env, pollMs = 5_000, clock = systemClock } = options
  return {
    locator: 'env',
    ...createWatchedReads({
      load: (name) => loadStages(env, name),
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

/** Reads until two readings agree: neither a file half written nor files of two instants get through. */
async function loadStages(env: Variables, name: string): Promise<StagedSecret> {
  let last = await readStages(env, name)
  if (valueFiles(env, name).length === 0) return last
  for (let attempt = 1; attempt < MAX_ATTEMPTS; attempt += 1) {
    const next = await readStages(env, name)
    if (next.revision === last.revision) return next
    last = next
  }
  throw new SecretError('unreachable', `the files of ${name} keep changing: read them again later`)
}

async function readStages(env: Variables, name: string): Promise<StagedSecret> {
  const found = await Promise.all(
    STAGES.map(
      async (stage) => [stage, await readValue(env, stageKey(name, stage), stage)] as const,
    ),
  )
  const stages: StoredStages = Object.fromEntries(
    found.filter(([, value]) => value).map(([stage, value]) => [stage, { value }]),
  )
  return stagedSecret(
    name,
    stages,
    `set ${name}, or set ${name}_FILE to the path of a file that holds the value`,
  )
}

async function readValue(env: Variables, key: string, stage: Stage): Promise<string | undefined> {
  const inline = variable(env, key)
  const path = variable(env, `${key}_FILE`)
  if (path === undefined) return inline
  if (inline !== undefined) {
    throw new SecretError('malformed', `${key} and ${key}_FILE are both set: unset one of them`)
  }
  try {
    const { text } = await readTextFile(path, MAX_FILE_BYTES)
    return text.replace(/\r?\n$/, '')
  } catch (error) {
    const absent = error instanceof SecretError && error.code === 'missing'
    if (absent && stage !== 'current') return undefined
    throw error
  }
}

function valueFiles(env: Variables, name: string): string[] {
  return STAGES.map((stage) => variable(env, `${stageKey(name, stage)}_FILE`)).filter(
    (path) => path !== undefined,
  )
}

function variable(env: Variables, key: string): string | undefined {
  const value = Object.hasOwn(env, key) ? env[key] : undefined
  return value === '' ? undefined : value
}
