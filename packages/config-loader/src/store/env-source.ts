import { dirname } from 'node:path'
import { checkReportKey, REPORT_KEY, type Stage, STAGES } from '@rekey/secret/internal'
import {
  type Clock,
  type Secret,
  SecretError,
  type SecretSource,
  type StagedSecret,
  systemClock,
} from '@rekey/secret'
import type { Inspectable } from './inspectable.ts'
import { createInstantReads } from './watched-reads.ts'
import {
  secretOfKey,
  stagedSecret,
  stageKey,
  type StoredStages,
  type StoredVersion,
  withoutLineEnd,
} from './stored-stages.ts'
import { watchDirectories } from './watch-directories.ts'
import { readTextFile } from './read-text-file.ts'

/** Options of {@link createEnvSource}. */
export interface EnvSourceOptions {
  /** The variables, such as `process.env`; read anew at each read. */
  readonly env: Variables
  /** How often files are read again even without an event. Default 5 s. */
  readonly pollMs?: number
  /** Default: the machine's own. */
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
      clock,
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

/**
 * Reads the keys that requests for the report of a replica are signed with, the one in use first; none if none is set. They are
 * variables as `createEnvSource` reads them: `REKEY_HEALTH_KEY`, or `REKEY_HEALTH_KEY_FILE`, and while that is replaced,
 * `REKEY_HEALTH_KEY__PREVIOUS`.
 *
 * @throws {SecretError} `malformed`, `forbidden`, `missing` if the file is not there
 */
export async function readReportKeys(env: Variables): Promise<readonly Secret[]> {
  if ([REPORT_KEY, `${REPORT_KEY}_FILE`].every((name) => (env[name] ?? '') === '')) return []
  const { current, pending, previous } = await createEnvSource({ env }).read(REPORT_KEY)
  const others = [pending, previous].filter((version) => version !== undefined)
  return [current, ...others].map(({ value }) => checkReportKey(value))
}

/** Environment variables, as in `process.env`. */
type Variables = Readonly<Record<string, string | undefined>>

const ENVIRONMENT = { kind: 'environment' } as const
const MAX_FILE_BYTES = 64 * 1024
const MAX_ATTEMPTS = 5

type Answers = ReadonlyMap<string, StagedSecret | SecretError>

/**
 * Reads the stages of these secrets from the variables and the files that they name, and returns a lookup by name. Reads
 * until two readings agree: neither a file half written nor files of two instants get through.
 */
async function readEnvStages(
  env: Variables,
  names: readonly string[],
): Promise<(name: string) => StagedSecret> {
  let last = await readAnswers(env, names)
  const areFiles = names.some((name) => valueFiles(env, name).length > 0)
  for (let attempt = 1; areFiles && attempt < MAX_ATTEMPTS; attempt += 1) {
    const next = await readAnswers(env, names)
    if (names.every((name) => isSame(last.get(name), next.get(name)))) break
    if (attempt === MAX_ATTEMPTS - 1) throw neverStill(names)
    last = next
  }
  return (name: string) => answerOf(last, name)
}

async function readAnswers(env: Variables, names: readonly string[]): Promise<Answers> {
  const reading = names.map(async (name) => {
    const answer = await readStages(env, name).catch((error: unknown) => {
      if (error instanceof SecretError) return error
      throw error
    })
    return [name, answer] as const
  })
  return new Map(await Promise.all(reading))
}

function isSame(last: unknown, next: unknown): boolean {
  if (last instanceof SecretError) {
    return next instanceof SecretError && last.message === next.message
  }
  return (last as StagedSecret).revision === (next as StagedSecret).revision
}

function answerOf(answers: Answers, name: string): StagedSecret {
  const answer = answers.get(name)
  if (answer instanceof SecretError) throw answer
  if (answer === undefined) throw new TypeError(`${name} was not asked for`)
  return answer
}

function neverStill(names: readonly string[]): SecretError {
  const files = names.join(', ')
  return new SecretError(
    'unreachable',
    `the files of ${files} keep changing: read them again later`,
  )
}

async function readStages(env: Variables, name: string): Promise<StagedSecret> {
  const found = await Promise.all(
    STAGES.map(
      async (stage) => [stage, await readValue(env, stageKey(name, stage), stage)] as const,
    ),
  )
  const stages: StoredStages = Object.fromEntries(
    found.flatMap(([stage, version]) => (version?.value ? [[stage, version]] : [])),
  )
  return stagedSecret(
    name,
    stages,
    `set ${name}, or set ${name}_FILE to the path of a file that holds the value`,
  )
}

async function readValue(
  env: Variables,
  key: string,
  stage: Stage,
): Promise<StoredVersion | undefined> {
  const inline = variable(env, key)
  const path = variable(env, `${key}_FILE`)
  if (path === undefined) {
    return inline === undefined ? undefined : { value: inline, origin: ENVIRONMENT }
  }
  if (inline !== undefined) {
    throw new SecretError('malformed', `${key} and ${key}_FILE are both set: unset one of them`)
  }
  try {
    const called = `the file that ${key}_FILE names`
    const { text, origin } = await readTextFile(path, MAX_FILE_BYTES, called)
    return { value: withoutLineEnd(text), origin }
  } catch (error) {
    const absent = error instanceof SecretError && error.code === 'missing'
    if (absent && stage !== 'current') return undefined
    throw error
  }
}

/** The files that the variables of a secret name. */
function valueFiles(env: Variables, name: string): string[] {
  return fileVariables(env, name).flatMap((key) => variable(env, key) ?? [])
}

/** Those of the variables of a secret that name a file. */
function fileVariables(env: Variables, name: string): string[] {
  const keys = STAGES.map((stage) => `${stageKey(name, stage)}_FILE`)
  return keys.filter((key) => variable(env, key) !== undefined)
}

function variable(env: Variables, key: string): string | undefined {
  const value = Object.hasOwn(env, key) ? env[key] : undefined
  return value === '' ? undefined : value
}
