import { lstat, realpath } from 'node:fs/promises'
import { isDeepStrictEqual } from 'node:util'
import { SecretError, type StagedSecret } from '@rekey/secret'
import { formatAfter, requireFormat, type Stage, STAGES } from '@rekey/secret/internal'
import { ifMissing } from '@rekey/secret/internal/files'
import { parse } from 'dotenv'
import { type DotenvLine, encodeDotenvValue, parseDotenv, printDotenv } from './dotenv-text.ts'
import { readTextFile, type TextFile } from './read-text-file.ts'
import { rewriteFile } from './rewrite-file.ts'
import { stagedSecret, stageKey, type StoredStages, type StoredVersion } from './stored-stages.ts'
import { advance, type StoreChange } from './transitions.ts'

const MAX_BYTES = 1024 * 1024
const OTHERS_MAY_WRITE = 0o022
/** The first line of a file of a later format begins with it. */
const FORMAT_NOTE = '# @rekey-format '

/**
 * Reads a .env file, and gives what finds a secret in it.
 *
 * @throws {SecretError} `missing`, `forbidden`, `unreachable`, `malformed`, or `refused` if others may write the file
 */
export async function readDotenvSecrets(path: string): Promise<(name: string) => StagedSecret> {
  const { text, origin } = await readDotenv(path)
  const lines = parseDotenv(text, path)
  const values = valuesOf(lines)
  return (name) => {
    const isFile = Object.hasOwn(values, `${name}_FILE`)
    const remedy = isFile
      ? `${name}_FILE is not read in a .env file: write ${name}=… there, or set ${name}_FILE in the environment and read env`
      : `add a line ${name}=… to ${path}`
    return stagedSecret(name, stagesIn(lines, values, name), remedy, origin)
  }
}

/** Makes one change to one secret in a .env file, atomically; through a symbolic link if it is one. */
export async function changeDotenvSecret(path: string, wanted: StoreChange): Promise<StagedSecret> {
  const { name } = wanted
  let after: StoredStages = {}
  await rewriteFile(await targetOf(path), {
    read: () => readDotenv(path).catch(ifAbsent),
    write(old) {
      const text = old?.text ?? ''
      const lines = parseDotenv(text, path)
      const values = valuesOf(lines)
      const before = stagesIn(lines, values, name)
      after = advance(before, wanted)
      const eol = text.includes('\r\n') ? '\r\n' : '\n'
      const changed = printDotenv(withStages(lines, { name, before, after, eol }))
      checkOnlyChanged(name, after, values, changed)
      return changed
    },
  })
  return stagedSecret(name, after, 'create it first')
}

/** The text of a .env file that no other user may write. @throws {SecretError} as {@link readDotenvSecrets} */
export async function readDotenv(path: string): Promise<TextFile> {
  const file = await readTextFile(path, MAX_BYTES)
  if ((file.stat.mode & OTHERS_MAY_WRITE) === 0) {
    requireFormat('env-store', formatAfter(FORMAT_NOTE, /^.*/.exec(file.text)?.[0]), path)
    return file
  }
  throw new SecretError(
    'refused',
    `${path} may be written by group or others, who could change its secrets: chmod 600 ${path}`,
    { path },
  )
}

/** The values as `dotenv` reads them. It takes quadratic time over blank lines, so they and comments are left out. */
function valuesOf(lines: readonly DotenvLine[]): Record<string, string> {
  return parse(printDotenv(lines.filter(({ key }) => key !== undefined)))
}

/**
 * The file behind symbolic links, so that a write replaces the file and not the link.
 *
 * @throws {SecretError} `missing` for a link to nothing
 */
export async function targetOf(path: string): Promise<string> {
  const target = await realpath(path).catch(ifMissing)
  if (target !== undefined) return target
  const link = await lstat(path).catch(ifMissing)
  if (link === undefined) return path
  throw new SecretError('missing', `${path} is a symbolic link to nothing: mend or remove it`, {
    path,
  })
}

function ifAbsent(error: unknown): undefined {
  if (!(error instanceof SecretError) || error.code !== 'missing') throw error
}

/**
 * Guards the rest of the file: what `dotenv` reads from the new text must be the old values with just this secret changed,
 * and the next read must be able to read it.
 */
function checkOnlyChanged(
  name: string,
  after: StoredStages,
  old: Readonly<Record<string, string>>,
  text: string,
): void {
  const expected = { ...old }
  for (const stage of STAGES) {
    const key = stageKey(name, stage)
    const value = after[stage]?.value
    if (value !== undefined) expected[key] = value
    else if (expected[key] !== '') Reflect.deleteProperty(expected, key)
  }
  const values = valuesOf(parseDotenv(text, name))
  if (isDeepStrictEqual(values, expected) && Buffer.byteLength(text) <= MAX_BYTES) return
  throw new SecretError(
    'refused',
    `cannot write ${name} without changing other lines, or above ${MAX_BYTES} bytes: edit by hand`,
  )
}

/** The order in which the stages of a secret are written below each other. */
const WRITTEN: readonly Stage[] = ['current', 'pending', 'previous']

const CREATED = /^# @created (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)\r?\n$/
const JOURNAL = /^# @journal (\S+)\r?\n$/

/** The stages of a secret in a .env file, given its lines and what `dotenv` read. Empty values are not there. */
function stagesIn(
  lines: readonly DotenvLine[],
  values: Readonly<Record<string, string>>,
  name: string,
): StoredStages {
  return Object.fromEntries(
    STAGES.flatMap((stage) => {
      const key = stageKey(name, stage)
      const value = Object.hasOwn(values, key) ? values[key] : undefined
      if (value === undefined || value === '') return []
      return [[stage, { value, ...notesAbove(lines, indexOf(lines, key)).notes }]]
    }),
  )
}

/** The change that {@link withStages} makes. */
interface StagesEdit {
  readonly name: string
  readonly before: StoredStages
  readonly after: StoredStages
  /** The line end for new lines. */
  readonly eol: string
}

/** The lines with the stages of one secret changed; lines of stages that stay as they are, and all others, are kept. */
function withStages(lines: readonly DotenvLine[], edit: StagesEdit): DotenvLine[] {
  const { name, before, after, eol } = edit
  const next = [...lines]
  WRITTEN.forEach((stage, i) => {
    if (before[stage] === after[stage]) return
    const key = stageKey(name, stage)
    const at = indexOf(next, key)
    const written = writeVersion(next[at], key, after[stage], eol)
    if (at >= 0) {
      const { from } = notesAbove(next, at)
      next.splice(from, at - from + 1, ...written)
    } else {
      const earlier = WRITTEN.slice(0, i).map((other) => indexOf(next, stageKey(name, other)))
      insertBelow(next, Math.max(-1, ...earlier), written, eol)
    }
  })
  return next
}

function writeVersion(
  old: DotenvLine | undefined,
  key: string,
  version: StoredVersion | undefined,
  eol: string,
): DotenvLine[] {
  if (version === undefined) return []
  const value = encodeDotenvValue(key, version.value)
  const line = { key, head: old?.head ?? `${key}=`, value, tail: old?.tail ?? eol }
  const { journal, createdAt } = version
  const notes = [
    ...(journal === undefined ? [] : [`# @journal ${journal}`]),
    ...(createdAt === undefined ? [] : [`# @created ${createdAt.toISOString()}`]),
  ]
  return [...notes.map((note) => ({ head: note + eol, value: '', tail: '' })), line]
}

/** Inserts below line `above`, or at the end if that is -1. */
function insertBelow(lines: DotenvLine[], above: number, written: DotenvLine[], eol: string): void {
  const at = above < 0 ? lines.length : above + 1
  const before = lines[at - 1]
  if (before !== undefined && !printDotenv([before]).endsWith('\n')) {
    lines[at - 1] = { ...before, tail: before.tail + eol }
  }
  lines.splice(at, 0, ...written)
}

/** The notes above the version in line `at`, and the line at which they begin. */
function notesAbove(
  lines: readonly DotenvLine[],
  at: number,
): { from: number; notes: Omit<StoredVersion, 'value'> } {
  let from = at
  const take = (note: RegExp) => {
    const [, text] = note.exec(lines[from - 1]?.head ?? '') ?? []
    if (text !== undefined) from -= 1
    return text
  }
  const createdAt = new Date(take(CREATED) ?? NaN)
  const journal = take(JOURNAL)
  const isDated = !Number.isNaN(createdAt.getTime())
  const notes = { ...(isDated && { createdAt }), ...(journal !== undefined && { journal }) }
  return { from, notes }
}

function indexOf(lines: readonly DotenvLine[], key: string): number {
  return lines.findIndex((line) => line.key === key)
}
