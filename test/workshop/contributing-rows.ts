import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The top of the repository. */
export const ROOT = join(import.meta.dirname, '../..')

const page = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8')

/** A row of the table of what people add, in CONTRIBUTING. */
export interface ContributingRow {
  readonly text: string
  /** With its article: `a lint rule`. */
  readonly what: string
  readonly file: string
  readonly row: string
  readonly test: string
}

const [, section = ''] = /\n## What people add\n([^]*?)\n## /.exec(page) ?? []

/** The rows, in their order. */
export const ROWS: readonly ContributingRow[] = [
  ...section.matchAll(/^\| (an? .*?) *\|(.*)\|(.*)\|(.*)\|$/gm),
].map(([text, what = '', file = '', row = '', test = '']) => ({ text, what, file, row, test }))

/** What stands between backticks. */
export const quoted = (text: string): string[] =>
  Array.from(text.matchAll(/`([^`]+)`/g), ([, part = '']) => part)

/** The paths that a text names. A word in capitals in one, as in `packages/NAME/src`, is any name. */
export const pathsIn = (text: string): string[] =>
  quoted(text).filter((part) => /^[\w.-]+(?:\/[\w.-]+)+$/.test(part))

/** The paths that the row of a thing names, and its section: `## A new lint rule`. */
export function pathsFor(what: string): string[] {
  const text = ROWS.find((row) => row.what === what)?.text
  if (text === undefined) throw new Error(`CONTRIBUTING has no row for ${what}`)
  const heading = `\n## A new ${what.replace(/^an? /, '')}`
  const [, more = ''] = page.split(heading)
  return pathsIn(text + (more.split('\n## ')[0] ?? ''))
}
