import { SecretError, type Stage, STAGES, type StagedSecret } from '@rekey/secret'
import { withoutLineEnd } from './line-end.ts'
import { readTextFile } from './read-text-file.ts'
import { stageKey } from './secret-name.ts'
import { stagedSecret, type StoredStages, type StoredVersion } from './stored-stages.ts'

/** Environment variables, as in `process.env`. */
export type Variables = Readonly<Record<string, string | undefined>>

const ENVIRONMENT = { kind: 'environment' } as const
const MAX_FILE_BYTES = 64 * 1024
const MAX_ATTEMPTS = 5

type Answers = ReadonlyMap<string, StagedSecret | SecretError>

/**
 * Reads the stages of these secrets from the variables and the files that they name, and returns a lookup by name. Reads
 * until two readings agree: neither a file half written nor files of two instants get through.
 */
export async function readEnvStages(
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
export function valueFiles(env: Variables, name: string): string[] {
  return fileVariables(env, name).flatMap((key) => variable(env, key) ?? [])
}

/** Those of the variables of a secret that name a file. */
export function fileVariables(env: Variables, name: string): string[] {
  const keys = STAGES.map((stage) => `${stageKey(name, stage)}_FILE`)
  return keys.filter((key) => variable(env, key) !== undefined)
}

function variable(env: Variables, key: string): string | undefined {
  const value = Object.hasOwn(env, key) ? env[key] : undefined
  return value === '' ? undefined : value
}
