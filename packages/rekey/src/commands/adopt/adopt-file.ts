import { access, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  errnoOf,
  fileError,
  replaceFile,
  writeNewFile,
  readRegularFile,
} from '@rekey/secret/internal/files'
import { z } from 'zod'
import type { PlannedFile } from './plan-adoption.ts'

/** Outcomes for a file, of a look at it and of writing it. */
export const OUTCOME = z.enum(['written', 'new', 'extended', 'to be extended', 'kept as it is'])

/** A file of an adoption, and its outcome. */
interface AdoptedFile {
  /** Relative to the top of the repository. */
  readonly path: string
  /** All of it, or what a person has to bring into it. */
  readonly text: string
  readonly outcome: z.output<typeof OUTCOME>
  /** As `diff -u` shows it, or as a report. */
  readonly shown: string
}

const FILE_MODE = 0o644

/**
 * Makes a planned file where there is none, and extends one that is there if that is safe; any other one is kept.
 *
 * @param isWriting without, nothing is written
 * @throws {SecretError} if the file cannot be read or written
 */
export async function adoptFile(
  planned: PlannedFile,
  cwd: string,
  isWriting: boolean,
): Promise<AdoptedFile> {
  const { text } = planned
  const path = await pathOf(planned, cwd)
  const target = join(cwd, path)
  const before = await readIfThere(target)
  if (before === undefined) {
    if (!isWriting) return { path, text, outcome: 'new', shown: added(path, text) }
    await writing(target, () => writeNewFile(target, text, FILE_MODE))
    return { path, text, outcome: 'written', shown: `${path}: written` }
  }
  const after = planned.extend?.(before)
  if (after !== undefined && after !== before) {
    const shown = changed(path, before, after)
    if (!isWriting) return { path, text: after, outcome: 'to be extended', shown }
    await writing(target, () => replaceFile(target, after))
    return { path, text: after, outcome: 'extended', shown: `${path}: extended` }
  }
  const outcome = 'kept as it is'
  if (after !== undefined) return { path, text: after, outcome, shown: `${path}: ${outcome}` }
  const head = `${path}: ${outcome}, as it is not safe to change it; bring into it, where it is not there:`
  const lines = (planned.lines ?? text).trimEnd().split('\n')
  return { path, text, outcome, shown: [head, ...lines.map((line) => `  ${line}`)].join('\n') }
}

/** The first of its other names that is there, since a second file of the same purpose would replace it. */
async function pathOf({ path, otherNames = [] }: PlannedFile, cwd: string): Promise<string> {
  for (const name of otherNames) {
    const isThere = await access(join(cwd, name)).then(
      () => true,
      () => false,
    )
    if (isThere) return name
  }
  return path
}

async function readIfThere(path: string): Promise<string | undefined> {
  return readRegularFile(path).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw fileError(error, path)
  })
}

async function writing(path: string, write: () => Promise<void>): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true })
    await write()
  } catch (error) {
    throw fileError(error, path)
  }
}

const linesOf = (text: string) => text.trimEnd().split('\n')

function added(path: string, text: string): string {
  return ['--- /dev/null', `+++ ${path}`, ...hunk([], linesOf(text))].join('\n')
}

function changed(path: string, before: string, after: string): string {
  return [`--- ${path}`, `+++ ${path}`, ...hunk(linesOf(before), linesOf(after))].join('\n')
}

/** One hunk for the whole file: these files are short. */
function hunk(before: readonly string[], after: readonly string[]): string[] {
  const start = before.length === 0 ? 0 : 1
  return [
    `@@ -${start},${before.length} +1,${after.length} @@`,
    ...before.map((line) => `-${line}`),
    ...after.map((line) => `+${line}`),
  ]
}
