import { readdir, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { SecretError } from '@rekey/secret'
import { fileError, readRegularFile } from '@rekey/secret/internal/files'

/** One variable of the environment, and where the code or a `.env` file first names it. */
export interface FoundVariable {
  readonly name: string
  /** `src/server.js:12`. */
  readonly where: string
  /** Whether the code goes on without it: it has a fallback. */
  readonly hasFallback: boolean
}

/** A repository before it is adopted. */
export interface Survey {
  /** From `package.json`. */
  readonly packageName?: string
  readonly dependencies: readonly string[]
  readonly isTypeScript: boolean
  readonly variables: readonly FoundVariable[]
  /** Files that were not read, because they or their number are too large. */
  readonly unread: number
}

const SOURCE = /\.[cm]?[jt]sx?$/
const ENV_FILE = /^\.env(?:\..+)?$/
const SKIPPED = new Set(['node_modules', 'dist', 'build', 'coverage', 'out', '.git'])
const MAX_BYTES = 1024 * 1024
const MAX_FILES = 20_000

/** `const env = process.env`. */
const ALIAS =
  /\b(?:const|let|var)\s+([A-Za-z_$][\w$]*)\s*(?::[^=;]{1,100})?=\s*process\.env\s*(?=[;,\n]|$)/g
/** `const { argv, env } = process`, and `import { env as vars } from 'node:process'`. */
const PARTS = /\{([^{}]{1,2000})\}\s*(?:=\s*process\b(?!\.)|from\s*['"](?:node:)?process['"])/g
const ENV_PART = /\benv\b(?:\s*(?::|\bas\b)\s*([A-Za-z_$][\w$]*))?/

/** The environment itself, or a name that may be an alias of it. */
const ROOT = String.raw`((?:globalThis\.)?process\.env|[A-Za-z_$][\w$]*)`
/** `process.env.NAME` and `process.env['NAME']`, with what follows on the line. */
const MEMBER = new RegExp(
  String.raw`(?<![\w$.])${ROOT}(?:\??\.([A-Z][A-Z0-9_]*)|(?:\?\.)?\[\s*['"${'`'}]([A-Z][A-Z0-9_]*)['"${'`'}]\s*\])(?=([^\n]{0,20}))`,
  'g',
)
/** `const { NAME, OTHER = 'x' } = process.env`. */
const DESTRUCTURED = new RegExp(
  String.raw`\{([^{}]{1,2000})\}\s*(?::[^=;{}]{1,100})?=\s*${ROOT}(?![\w$.\[])`,
  'g',
)
const PROPERTY = /(?:^|,)\s*(?:['"]?)([A-Z][A-Z0-9_]*)(?:['"]?)\s*(?::\s*\w+\s*)?(=)?/g
const LINE = /^[ \t]*(?:export[ \t]+)?([A-Z][A-Z0-9_]*)[ \t]*=/gm

/**
 * Surveys a repository: which variables its code and its `.env` files name, which packages it has. Reads names alone: no value is kept. Names
 * that are computed at run time are not found. Takes time in proportion to the text, which others may have written.
 *
 * @throws {SecretError} `forbidden` or `unreachable` for a file or folder that cannot be read, `malformed` for a package.json that is no JSON
 */
export async function surveyRepository(root: string): Promise<Survey> {
  const { files, unread } = await listFiles(root)
  const found = new Map<string, FoundVariable>()
  const manifest = await readManifest(root)
  for (const file of files) {
    const text = await readText(file)
    const path = relative(root, file)
    const named = SOURCE.test(path) ? namesInCode(text) : namesInEnv(text)
    for (const { name, line, hasFallback } of withLines(text, named)) {
      const before = found.get(name)
      const where = before?.where ?? `${path}:${line}`
      found.set(name, { name, where, hasFallback: (before?.hasFallback ?? true) && hasFallback })
    }
  }
  return {
    ...(manifest.name !== undefined && { packageName: manifest.name }),
    dependencies: Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }),
    isTypeScript: files.some((file) => /\.[cm]?tsx?$/.test(file)),
    variables: [...found.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    unread,
  }
}

interface Named {
  readonly name: string
  readonly at: number
  readonly hasFallback: boolean
}

function namesInCode(text: string): Named[] {
  const roots = rootsIn(text)
  const members = [...text.matchAll(MEMBER)].flatMap((match) => {
    const [, root = '', dotted, quoted, rest = ''] = match
    const hasFallback = /^\s*(?:\?\?|\|\|)/.test(rest)
    return isRoot(root, roots) ? { name: dotted ?? quoted ?? '', at: match.index, hasFallback } : []
  })
  const properties = [...text.matchAll(DESTRUCTURED)].flatMap((match) => {
    const [, list = '', root = ''] = match
    if (!isRoot(root, roots)) return []
    return [...list.matchAll(PROPERTY)].map(([, name = '', initializer]) => {
      return { name, at: match.index, hasFallback: initializer !== undefined }
    })
  })
  return [...members, ...properties]
}

/** The aliases of the environment in a file. */
function rootsIn(text: string): ReadonlySet<string> {
  const aliases = Array.from(text.matchAll(ALIAS), ([, name = '']) => name)
  const parts = [...text.matchAll(PARTS)].flatMap(([, list = '']) => {
    const part = ENV_PART.exec(list)
    return part === null ? [] : (part[1] ?? 'env')
  })
  return new Set([...aliases, ...parts])
}

function isRoot(name: string, aliases: ReadonlySet<string>): boolean {
  return name.endsWith('process.env') || aliases.has(name)
}

/** A name that only a `.env` file has may be of anything: the code decides. */
function namesInEnv(text: string): Named[] {
  return [...text.matchAll(LINE)].map((match) => {
    return { name: match[1] ?? '', at: match.index, hasFallback: true }
  })
}

/** In the order of the text, which is read once. */
function withLines(text: string, named: readonly Named[]) {
  let line = 1
  let end = text.indexOf('\n')
  return named
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, ...one }) => {
      for (; end !== -1 && end < at; end = text.indexOf('\n', end + 1)) line += 1
      return { ...one, line }
    })
}

async function listFiles(root: string): Promise<{ files: string[]; unread: number }> {
  const files: string[] = []
  const folders = [root]
  let unread = 0
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await named(folder, readdir(folder, { withFileTypes: true }))) {
      const path = join(folder, entry.name)
      if (entry.isDirectory() && !SKIPPED.has(entry.name)) folders.push(path)
      if (!entry.isFile() || !(SOURCE.test(entry.name) || ENV_FILE.test(entry.name))) continue
      const { size } = await named(path, stat(path))
      if (size <= MAX_BYTES && files.length < MAX_FILES) files.push(path)
      else unread += 1
    }
  }
  return { files: files.toSorted(), unread }
}

const readText = (path: string) => named(path, readRegularFile(path))

async function named<T>(path: string, reading: Promise<T>): Promise<T> {
  try {
    return await reading
  } catch (error) {
    throw fileError(error, path)
  }
}

interface Manifest {
  readonly name?: string
  readonly dependencies?: object
  readonly devDependencies?: object
}

/** A repository without one is JavaScript without packages. */
async function readManifest(root: string): Promise<Manifest> {
  const path = join(root, 'package.json')
  const text = await readText(path).catch((error: unknown) => {
    if (error instanceof SecretError && error.code === 'missing') return undefined
    throw error
  })
  if (text === undefined) return {}
  try {
    return JSON.parse(text) as Manifest
  } catch {
    // The parser's message quotes the file.
    throw new SecretError('malformed', `${path} is no JSON: correct it`, { path })
  }
}
