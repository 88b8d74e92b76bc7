import { randomBytes, randomInt } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

/** Where the corpus lies: `RULE/GROUP.ts` has programs for RULE, each below a line `// ---- TITLE`. */
export const CORPUS = fileURLToPath(new URL('corpus/', import.meta.url))

/** Whether the parser gives types. */
export type Mode = 'typed' | 'untyped'

/**
 * A program of the corpus. Its comments say what the rule reports:
 * - `// expect: IDS` at the end of a line that must be reported with these messages; `at LINE` where the line can end in no comment
 * - `// wrong: IDS` there where the rule reports what is no leak, which its page says
 * - `// missed` in a leak that it does not find
 *
 * `expect typed` and `wrong untyped` hold in that mode alone.
 */
export interface Snippet {
  /** `values/through-a-variable` */
  readonly title: string
  /** Where it is linted, as if it stood there alone. */
  readonly file: string
  /** With fresh random values where it says RANDOM. */
  readonly code: string
  readonly isLeak: boolean
  /** `LINE: ID` of each report that is known, right or wrong. */
  readonly reports: Readonly<Record<Mode, readonly string[]>>
}

/** The rules that have programs. */
export function corpusRules(): string[] {
  return readdirSync(CORPUS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
}

/** The options of the rule for its programs: the array in `RULE/options.json`, if there is one. */
export function corpusOptions(rule: string): readonly unknown[] {
  const file = join(CORPUS, rule, 'options.json')
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as readonly unknown[]) : []
}

/** All programs for `rule`. */
export function readCorpus(rule: string): Snippet[] {
  return readPrograms(join(CORPUS, rule))
}

/** The programs in the files of `folder`. */
export function readPrograms(folder: string): Snippet[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => {
      const [, ...parts] = readFileSync(join(folder, name), 'utf8').split(/^\/\/ ---- /m)
      return parts.map((part) => readSnippet(join(folder, name.replace(/\.ts$/, '')), part))
    })
}

const MARK = /\/\/ (expect|wrong)(?: (typed|untyped))?(?: at (\d+))?: ([\w, ]+)$/

function readSnippet(group: string, part: string): Snippet {
  const [title = '', ...lines] = part.trimEnd().split('\n')
  const marks = lines.flatMap((line, i) => {
    const [mark, verb, mode, at = String(i + 1), ids = ''] = MARK.exec(line) ?? []
    if (mark === undefined) return []
    const reports = ids.split(', ').map((id) => `${at}: ${id}`)
    return [{ verb, mode, reports }]
  })
  const reportsIn = (asked: Mode) =>
    marks.flatMap(({ mode = asked, reports }) => (mode === asked ? reports : [])).sort()
  return {
    title: `${basename(group)}/${title}`,
    file: join(group, /\.\w+$/.test(title) ? title : `${title}.ts`),
    code: withRandomValues(`${lines.join('\n')}\n`),
    isLeak: lines.includes('// missed') || marks.some(({ verb }) => verb === 'expect'),
    reports: { typed: reportsIn('typed'), untyped: reportsIn('untyped') },
  }
}

const ALPHABETS = {
  HEX: '0123456789abcdef',
  BASE64URL: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
  ALNUM: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  UPPER: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567',
  DIGITS: '0123456789',
  /** Around the label of a PEM file, which no scanner of secrets shall take for a key. */
  DASHES: '-',
} as const

/**
 * `text` with a fresh value in place of each `RANDOM_ALPHABET_LENGTH`, so that nothing that looks like a secret is ever
 * committed; `RANDOM_BASE64_BYTES` is the base64 of so many bytes.
 */
function withRandomValues(text: string): string {
  return text.replaceAll(/RANDOM_([A-Z\d]+)_(\d+)/g, (_whole, alphabet: string, length: string) => {
    const count = Number(length)
    if (alphabet === 'BASE64') return randomBytes(count).toString('base64')
    const characters = ALPHABETS[alphabet as keyof typeof ALPHABETS]
    return Array.from({ length: count }, () => characters[randomInt(characters.length)]).join('')
  })
}

/**
 * One TypeScript program of all `snippets`, with the random values they have in memory. A linter that asks a project service
 * instead has the types of Node and of the language checked anew for each rule, and for each file that differs from the one on disk.
 */
export function programOf(snippets: readonly Snippet[]): ts.Program {
  const { config } = ts.readConfigFile(join(CORPUS, 'tsconfig.json'), (path) =>
    ts.sys.readFile(path),
  ) as { config: unknown }
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, CORPUS)
  const codes = new Map(snippets.map(({ file, code }) => [file, code]))
  const host = ts.createCompilerHost(options, true)
  const [readFile, fileExists] = [host.readFile.bind(host), host.fileExists.bind(host)]
  host.readFile = (path) => codes.get(path) ?? readFile(path)
  host.fileExists = (path) => codes.has(path) || fileExists(path)
  return ts.createProgram([...codes.keys()], options, host)
}
