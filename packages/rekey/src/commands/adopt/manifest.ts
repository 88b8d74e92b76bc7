import { join } from 'node:path'
import { jsonIn, SecretError } from '@rekey/secret'
import { describeBrokenJson } from '@rekey/secret/internal'
import { errnoOf, fileError, readRegularFile } from '@rekey/secret/internal/files'

/** The parts of a `package.json` that adoption reads. */
export interface Manifest {
  readonly name?: string
  readonly isModule: boolean
  readonly main?: string
  /** The files of its commands. */
  readonly bins: readonly string[]
  readonly scripts: Readonly<Record<string, string>>
  /** Dependencies of all kinds, by name, with their ranges. */
  readonly ranges: ReadonlyMap<string, string>
  readonly packages: readonly string[]
  /** The text of the file; absent where there is none. */
  readonly text?: string
}

interface Raw {
  readonly name?: unknown
  readonly type?: unknown
  readonly main?: unknown
  readonly bin?: unknown
  readonly scripts?: Readonly<Record<string, unknown>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

/**
 * Reads the `package.json` of a repository. One without is JavaScript without packages.
 *
 * @throws {SecretError} `malformed` for one that is no JSON, as reading a file
 */
export async function readManifest(root: string): Promise<Manifest> {
  const path = join(root, 'package.json')
  const text = await readRegularFile(path).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT' || isMissing(error)) return undefined
    throw fileError(error, path)
  })
  const raw = text === undefined ? {} : parse(text, path)
  const bins = typeof raw.bin === 'object' ? Object.values(raw.bin ?? {}) : [raw.bin]
  const ranges = new Map(Object.entries({ ...raw.devDependencies, ...raw.dependencies }))
  return {
    ...(typeof raw.name === 'string' && { name: raw.name }),
    ...(typeof raw.main === 'string' && { main: raw.main }),
    ...(text !== undefined && { text }),
    isModule: raw.type === 'module',
    bins: bins.filter((bin): bin is string => typeof bin === 'string'),
    scripts: Object.fromEntries(
      Object.entries(raw.scripts ?? {}).filter((entry): entry is [string, string] => {
        return typeof entry[1] === 'string'
      }),
    ),
    ranges,
    packages: [...ranges.keys()],
  }
}

const isMissing = (error: unknown) => error instanceof SecretError && error.code === 'missing'

function parse(text: string, path: string): Raw {
  const raw = jsonIn(text)
  if (raw === undefined) {
    throw new SecretError('malformed', `${path} is ${describeBrokenJson(text)}`, { path })
  }
  if (typeof raw === 'object' && raw !== null && !Array.isArray(raw)) return raw
  throw new SecretError('malformed', `${path} is no object of JSON: correct it`, { path })
}

/** Adds packages that a `package.json` lacks, in its own indentation. What is there keeps its range. */
export function addPackages(
  text: string,
  sections: Readonly<Record<'dependencies' | 'devDependencies', ReadonlyMap<string, string>>>,
): string {
  const before = JSON.parse(text) as Raw & Record<string, Record<string, string> | undefined>
  const known = new Set([
    ...Object.keys(before.dependencies ?? {}),
    ...Object.keys(before.devDependencies ?? {}),
  ])
  const after: Record<string, unknown> = { ...before }
  let isChanged = false
  for (const [section, packages] of Object.entries(sections)) {
    const lacking = [...packages].filter(([name]) => !known.has(name))
    if (lacking.length === 0) continue
    isChanged = true
    const all = { ...before[section], ...Object.fromEntries(lacking) }
    after[section] = Object.fromEntries(
      Object.entries(all).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    )
  }
  const [, indent = '  '] = /^\{\r?\n([ \t]+)"/.exec(text) ?? []
  return isChanged ? `${JSON.stringify(after, undefined, indent)}\n` : text
}
