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

const CONTEXT = 3

function added(path: string, text: string): string {
  const lines = linesOf(text)
  const head = ['--- /dev/null', `+++ ${path}`, `@@ -0,0 +1,${lines.length} @@`]
  return [...head, ...lines.map((line) => `+${line}`)].join('\n')
}

/** One hunk from the first line that differs to the last one. */
function changed(path: string, before: string, after: string): string {
  const [old, now] = [linesOf(before), linesOf(after)]
  const most = Math.min(old.length, now.length)
  let same = 0
  while (same < most && old[same] === now[same]) same += 1
  let tail = 0
  while (tail < most - same && old.at(-1 - tail) === now.at(-1 - tail)) tail += 1
  const from = Math.max(0, same - CONTEXT)
  const rest = Math.max(0, tail - CONTEXT)
  const counts = [old.length - from - rest, now.length - from - rest]
  return [
    `--- ${path}`,
    `+++ ${path}`,
    `@@ -${from + 1},${counts[0]} +${from + 1},${counts[1]} @@`,
    ...old.slice(from, same).map((line) => ` ${line}`),
    ...old.slice(same, old.length - tail).map((line) => `-${line}`),
    ...now.slice(same, now.length - tail).map((line) => `+${line}`),
    ...now.slice(now.length - tail, now.length - rest).map((line) => ` ${line}`),
  ].join('\n')
}
