import { lstat, readdir, stat } from 'node:fs/promises'
import { basename, join, relative, sep } from 'node:path'
import { SecretError } from '@rekey/secret'
import { errnoOf, fileError, readRegularFile } from '@rekey/secret/internal/files'
import {
  type NamedVariable,
  type ValueForm,
  variablesOfEnvFile,
  variablesOfNodeConfig,
  variablesOfPrisma,
} from './environment-files.ts'
import { type Manifest, readManifest } from './manifest.ts'
import type { CodeReader, EntrySyntax, SurveyedVariable, TakenAs } from './source-survey.ts'

/** One variable of the environment, over all files of a repository. */
export interface FoundVariable {
  readonly name: string
  /** Where code reads it first: `src/server.js:12`. */
  readonly where: string
  /** Whether the application goes on without it. */
  readonly isOptional: boolean
  /** Whether a schema has it as a number, a flag or a choice. */
  readonly isPlain?: boolean
  /** The `.env` file that has a value for it. */
  readonly setIn?: string
  /** Whether tests alone read it. */
  readonly isTestOnly: boolean
  readonly takenAs: readonly TakenAs[]
  readonly forms: ReadonlySet<ValueForm>
}

/** A repository before it is adopted. */
export interface Survey {
  readonly manifest: Manifest
  readonly isTypeScript: boolean
  /** In the order of their names. */
  readonly variables: readonly FoundVariable[]
  /** The files with code, and how a line is put into each, by their paths. */
  readonly code: ReadonlyMap<string, EntrySyntax['entry']>
  /** The `.env` files with values that the application reads. */
  readonly envFiles: readonly string[]
  /** Whether code loads them by itself. */
  readonly loadsEnvFiles: boolean
  /** Files that were not read, because they or their number are too large, and code that cannot be parsed. */
  readonly unread: number
  readonly unparsed: readonly string[]
  /** Places at which the whole environment goes to code that may read any variable. */
  readonly wholeAt: readonly string[]
}

const CODE = /\.(?:[cm]?[jt]sx?|vue)$/
const DECLARATIONS = /\.d\.[cm]?ts$/
const ENV_FILE = /^\.env(?:\..+)?$/
const NODE_CONFIG = /(?:^|\/)config\/custom-environment-variables\.json$/
const SKIPPED = new Set(
  'node_modules dist build coverage out .git .next .nuxt .output .turbo .cache .yarn vendor bower_components'.split(
    ' ',
  ),
)
const SHEBANG = /^#!.*\bnode\b/
const MAX_BYTES = 1024 * 1024
const MAX_FILES = 20_000

/**
 * Surveys a repository: the variables that its code reads, by the values that `surveySource` follows, and those that its `.env` files, schemas
 * of Prisma and configuration name. No value is kept. Names that are put together at run time are not found.
 *
 * @throws {SecretError} `forbidden` or `unreachable` for a file or folder that cannot be read, `malformed` for a package.json that is no JSON
 */
export async function surveyRepository(
  root: string,
  { surveySource, listFiles }: CodeReader,
): Promise<Survey> {
  const { files, unread } = await listSurveyed(root, listFiles)
  const manifest = await readManifest(root)
  const found = new VariableTable()
  const code = new Map<string, EntrySyntax['entry']>()
  const envFiles: string[] = []
  const unparsed: string[] = []
  const wholeAt: string[] = []
  let loadsEnvFiles = /^@nestjs\/config$|^dotenv/m.test(manifest.packages.join('\n'))
  for (const path of files) {
    const text = await named(join(root, path), readRegularFile(join(root, path)))
    const reader = READERS.find(([pattern]) => pattern.test(path))?.[1]
    if (reader !== undefined) {
      const variables = reader(text, path)
      if (variables.some(({ isSet }) => isSet)) envFiles.push(path)
      for (const one of variables) found.name(one, path)
      continue
    }
    if (!CODE.test(path) && !SHEBANG.test(text)) continue
    const survey = surveySource(text, path)
    if (survey === undefined) {
      unparsed.push(path)
      continue
    }
    code.set(path, survey.entry)
    if (!survey.isTest) wholeAt.push(...survey.wholeAt.map((line) => `${path}:${line}`))
    loadsEnvFiles ||= survey.entry.isAfter
    for (const variable of survey.variables) {
      found.read(variable, `${path}:${variable.line}`, survey.isTest)
    }
  }
  return {
    ...{ manifest, code, envFiles, loadsEnvFiles, unread, unparsed, wholeAt },
    isTypeScript: files.some((path) => /\.[cm]?tsx?$/.test(path)),
    variables: found.all(envFiles.length > 0),
  }
}

const READERS: readonly (readonly [RegExp, (text: string, path: string) => NamedVariable[]])[] = [
  [/(?:^|\/)\.env(?:\.[^/]+)?$/, variablesOfEnvFile],
  [/\.prisma$/, variablesOfPrisma],
  [NODE_CONFIG, variablesOfNodeConfig],
]

interface Entry {
  where: string
  isRead: boolean
  isInProgram: boolean
  /** By a schema, which decides. */
  declared?: boolean
  /** By the places that read it: one that ends the program decides, then one that goes on. */
  readonly needs: Set<SurveyedVariable['need']>
  isWritten: boolean
  setIn: string | undefined
  isPlain?: boolean
  readonly takenAs: TakenAs[]
  readonly forms: Set<ValueForm>
}

/** The variables of all files, each put together of its places. */
class VariableTable {
  readonly #entries = new Map<string, Entry>()

  #of(name: string, where: string): Entry {
    const known = this.#entries.get(name)
    if (known !== undefined) return known
    const [takenAs, forms, needs] = [
      [] as TakenAs[],
      new Set<ValueForm>(),
      new Set<SurveyedVariable['need']>(),
    ]
    const flags = {
      isRead: false,
      isInProgram: false,
      isWritten: false,
      setIn: undefined,
    }
    const entry = { where, ...flags, takenAs, forms, needs }
    this.#entries.set(name, entry)
    return entry
  }

  name({ name, line, form, isSet = false, need }: NamedVariable, path: string): void {
    const entry = this.#of(name, `${path}:${line}`)
    if (form !== undefined) entry.forms.add(form)
    if (isSet) entry.setIn ??= path
    if (need === undefined) return
    Object.assign(entry, { isRead: true, isInProgram: true })
    if (need === 'required') entry.declared = false
  }

  read(variable: SurveyedVariable, where: string, isTest: boolean): void {
    const entry = this.#of(variable.name, where)
    if (variable.isWritten === true) {
      entry.isWritten ||= !isTest
      return
    }
    if (!entry.isRead || (!entry.isInProgram && !isTest)) entry.where = where
    entry.isRead = true
    if (isTest) return
    entry.isInProgram = true
    entry.takenAs.push(...variable.takenAs)
    if (variable.isPlain === true) entry.isPlain = true
    if (variable.isDeclared !== true) entry.needs.add(variable.need)
    else entry.declared = (entry.declared ?? true) && variable.need === 'optional'
  }

  /** Where the application has a `.env` of its own, it starts without what is not in it. */
  all(hasEnvFile: boolean): FoundVariable[] {
    return [...this.#entries]
      .filter(([, { isRead, setIn }]) => isRead || setIn !== undefined)
      .map(([name, { where, isRead, isInProgram, declared, setIn, ...entry }]) => ({
        ...{ name, where, takenAs: entry.takenAs, forms: entry.forms },
        isOptional:
          declared ??
          (!entry.needs.has('required') &&
            (entry.needs.has('optional') ||
              entry.isWritten ||
              (hasEnvFile && setIn === undefined))),
        ...(setIn !== undefined && { setIn }),
        ...(entry.isPlain === true && { isPlain: true }),
        isTestOnly: isRead && !isInProgram,
      }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  }
}

/** The files that git tracks or would take, and the `.env` files of the top, which it ignores; without git, all but what is installed or built. */
async function listSurveyed(
  root: string,
  listFiles: CodeReader['listFiles'],
): Promise<{ files: string[]; unread: number }> {
  const tracked = await listFiles(root).catch(() => [])
  if (tracked.length === 0) return walkFolders(root)
  const own = (await named(root, readdir(root))).filter((name) => ENV_FILE.test(name))
  const paths = [...new Set([...tracked, ...own])].filter(
    (path) => isSurveyed(path) && !path.split('/').includes('node_modules'),
  )
  const files: string[] = []
  let unread = 0
  for (const path of paths) {
    const status = await lstat(join(root, path)).catch(() => undefined)
    if (status?.isFile() !== true) continue
    if (status.size <= MAX_BYTES && files.length < MAX_FILES) files.push(path)
    else unread += 1
  }
  return { files: files.toSorted(sourceFirst), unread }
}

/** Source code comes before what is built of it. */
function sourceFirst(a: string, b: string): number {
  const [builtA, builtB] = [BUILT.test(a), BUILT.test(b)]
  if (builtA !== builtB) return builtA ? 1 : -1
  return a < b ? -1 : 1
}

const BUILT = /^(?:dist|build|out|lib)\//

async function walkFolders(root: string): Promise<{ files: string[]; unread: number }> {
  const files: string[] = []
  const folders = [root]
  let unread = 0
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await named(folder, readdir(folder, { withFileTypes: true }))) {
      const path = join(folder, entry.name)
      if (entry.isDirectory() && !SKIPPED.has(entry.name)) folders.push(path)
      if (!entry.isFile() || !isSurveyed(relative(root, path).replaceAll(sep, '/'))) continue
      const { size } = await named(path, stat(path))
      if (size <= MAX_BYTES && files.length < MAX_FILES) files.push(path)
      else unread += 1
    }
  }
  const paths = files.map((path) => relative(root, path).replaceAll(sep, '/'))
  return { files: paths.toSorted(), unread }
}

/** Code, also a program without an ending in a folder `bin`, and what names variables. */
function isSurveyed(path: string): boolean {
  const name = basename(path)
  if (DECLARATIONS.test(name) || /\.min\.\w+$/.test(name)) return false
  const isProgram = !name.includes('.') && /(?:^|\/)bin\/[^/]+$/.test(path)
  return (
    CODE.test(name) || ENV_FILE.test(name) || isProgram || READERS.some(([form]) => form.test(path))
  )
}

async function named<T>(path: string, reading: Promise<T>): Promise<T> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof SecretError || errnoOf(error) === undefined) throw error
    throw fileError(error, path)
  }
}
