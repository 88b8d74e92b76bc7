import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Instrumenter } from '@stryker-mutator/instrumenter'

/** One change of one expression or block of a source file. */
export interface Mutant {
  /** Unique in a run. */
  readonly id: string
  /** From the top of the repository. */
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly endLine: number
  /** The kind of change, as Stryker names it. */
  readonly mutator: string
  readonly original: string
  readonly replacement: string
}

/** Source files of which each has all of its mutants in it, of which none is active. */
export interface Instrumented {
  /** By the absolute path of a file. */
  readonly codes: ReadonlyMap<string, string>
  readonly mutants: readonly Mutant[]
}

const never = () => false
const nothing = () => undefined
/** The instrumenter reports what it does; no one reads it. */
const SILENT = {
  ...{ isTraceEnabled: never, isDebugEnabled: never, isInfoEnabled: never },
  ...{ isWarnEnabled: never, isErrorEnabled: never, isFatalEnabled: never },
  ...{ trace: nothing, debug: nothing, info: nothing },
  ...{ warn: nothing, error: nothing, fatal: nothing },
}

/** Has Stryker write all mutants of source files into their code, each of which a test process makes active. Writes no file. */
export async function instrument(root: string, sources: readonly string[]): Promise<Instrumented> {
  const texts = new Map(
    sources.map((source) => [join(root, source), readFileSync(join(root, source), 'utf8')]),
  )
  const files = Array.from(texts, ([name, content]) => ({ name, content, mutate: true }))
  const options = { ignorers: [], excludedMutations: [], plugins: null }
  const result = await new Instrumenter(SILENT).instrument(files, options)
  const mutants = result.mutants.map(({ id, fileName, location, mutatorName, replacement }) => ({
    ...{ id, replacement, mutator: mutatorName, file: fileName.slice(root.length + 1) },
    ...{ line: location.start.line + 1, endLine: location.end.line + 1 },
    original: textAt(texts.get(fileName) ?? '', location),
  }))
  return { codes: new Map(result.files.map(({ name, content }) => [name, content])), mutants }
}

interface Place {
  readonly line: number
  readonly column: number
}

function textAt(text: string, { start, end }: { readonly start: Place; readonly end: Place }) {
  const lines = text.split('\n').slice(start.line, end.line + 1)
  const last = lines.length - 1
  const cut = lines.map((line, n) =>
    line.slice(n === 0 ? start.column : 0, n === last ? end.column : undefined),
  )
  return cut.map((line) => line.trim()).join(' ')
}
