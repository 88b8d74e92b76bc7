import { SecretError } from '@rekey/secret'
import { parse } from 'dotenv'

/** One assignment with its line end, or one line that is none; the parts joined are the text itself. */
export interface DotenvLine {
  /** The variable; absent for blank lines and comments. */
  readonly key?: string
  /** Everything before the value. */
  readonly head: string
  /** The value as it is written, with its quotes. */
  readonly value: string
  /** Everything after the value: blanks, a comment, the end of the line. */
  readonly tail: string
}

const HEAD = /[ \t]*(?:export[ \t]+)?(?!__proto__[ \t]*=)([A-Za-z_][\w.-]*)[ \t]*=[ \t]*/y
const REST = /[ \t]*(?:#[^\r\n\u2028\u2029]*)?(?:\r?\n|$)/y
const BARE = /[^\r\n]*/y
const QUOTED: Readonly<Record<string, RegExp>> = {
  "'": /'[^']*(?<!\\)'/y,
  '`': /`[^`]*(?<!\\)`/y,
  '"': /"(?:[^"\\]|\\[nr])*"/y,
}

const FAULTS = {
  line: 'is no assignment, comment or blank line: write NAME=VALUE',
  duplicate: 'sets a variable a second time: keep one of the two',
  hash: 'has a # in a value without quotes, where readers cut the value: put it in single quotes',
  space: 'has an invisible character in a value without quotes: remove it, or use single quotes',
  quote:
    'has a quoted value that does not end, goes on after its closing quote, or has a backslash that readers disagree on: use single quotes',
  many: 'is beyond the 10,000 lines that a .env file may have: remove what is not used',
  return: 'has a carriage return that is not part of a line end: remove it',
} as const

type Fault = keyof typeof FAULTS

/** A line that cannot be read. */
interface FaultyLine {
  readonly fault: Fault
}

const MAX_LINES = 10_000

/** Of a text with more faults than this, the first are reported. */
const MAX_FAULTS = 100

/**
 * Reads the part of the .env dialect that `dotenv` reads as it looks: `NAME=value`, `export NAME=value`, values in `'…'`,
 * `` `…` `` or `"…"` (over several lines if need be; in double quotes only `\n` and `\r` are escapes), `#` comments after a
 * quoted value and on lines of their own. What `dotenv` would silently cut, join or unescape is refused.
 *
 * @param path what errors call the text
 * @throws {SecretError} `malformed` with the number of the line, and nothing of its text
 */
export function parseDotenv(text: string, path: string): DotenvLine[] {
  const { lines, faults } = scanDotenv(text)
  const [first] = faults
  if (first !== undefined) throw faultError(first, path)
  return lines
}

/** Everything for which {@link parseDotenv} would refuse a text, at most one fault a line and 100 in all. */
export function findDotenvFaults(text: string, path: string): readonly SecretError[] {
  return scanDotenv(text).faults.map((fault) => faultError(fault, path))
}

type NumberedFault = readonly [line: number, fault: Fault]

function faultError([line, fault]: NumberedFault, path: string): SecretError {
  return new SecretError('malformed', `line ${line} of ${path} ${FAULTS[fault]}`, { line, fault })
}

function scanDotenv(text: string): { lines: DotenvLine[]; faults: NumberedFault[] } {
  const { lines, faults } = readLines(text)
  const byLine = new Map([...faults, ...findReturns(text)])
  return { lines, faults: [...byLine].sort(([a], [b]) => a - b).slice(0, MAX_FAULTS) }
}

/** The lines of `text`, up to a number of faults. */
function readLines(text: string): { lines: DotenvLine[]; faults: NumberedFault[] } {
  const lines: DotenvLine[] = []
  const faults: NumberedFault[] = []
  const keys = new Set<string>()
  const lineOf = lineNumbers(text)
  for (let at = 0; at < text.length && faults.length < MAX_FAULTS;) {
    if (lines.length === MAX_LINES) {
      faults.push([lineOf(at), 'many'])
      break
    }
    const line = readLine(text, at)
    if ('fault' in line) {
      faults.push([lineOf(at), line.fault])
      at = nextLine(text, at)
      continue
    }
    if (line.key !== undefined && keys.has(line.key)) faults.push([lineOf(at), 'duplicate'])
    if (line.key !== undefined) keys.add(line.key)
    lines.push(line)
    at += line.head.length + line.value.length + line.tail.length
  }
  return { lines, faults }
}

function findReturns(text: string): NumberedFault[] {
  const faults: NumberedFault[] = []
  const lineOf = lineNumbers(text)
  for (const { index } of text.matchAll(/\r(?!\n)/g)) {
    if (faults.push([lineOf(index), 'return']) === MAX_FAULTS) break
  }
  return faults
}

/** Counts the lines of `text` up to places that must be asked for in order. */
function lineNumbers(text: string): (at: number) => number {
  let line = 1
  let end = text.indexOf('\n')
  return (at) => {
    for (; end >= 0 && end < at; end = text.indexOf('\n', end + 1)) line += 1
    return line
  }
}

function nextLine(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end + 1
}

/** The text of the lines; the inverse of {@link parseDotenv}. */
export function printDotenv(lines: readonly DotenvLine[]): string {
  return lines.map(({ head, value, tail }) => head + value + tail).join('')
}

function readLine(text: string, at: number): DotenvLine | FaultyLine {
  const blank = matchAt(REST, text, at)
  if (blank !== undefined) return { head: blank[0], value: '', tail: '' }
  const [head, key] = matchAt(HEAD, text, at) ?? []
  if (head === undefined || key === undefined) return { fault: 'line' }
  const valueAt = at + head.length
  const quoted = QUOTED[text.charAt(valueAt)]
  const written = matchAt(quoted ?? BARE, text, valueAt)?.[0]
  const fault = quoted === undefined ? bareFault(written ?? '') : undefined
  if (fault !== undefined) return { fault }
  const value = quoted === undefined ? written?.trimEnd() : written
  const tail = value === undefined ? undefined : matchAt(REST, text, valueAt + value.length)?.[0]
  if (value === undefined || tail === undefined) return { fault: 'quote' }
  return { key, head, value, tail }
}

function bareFault(value: string): Fault | undefined {
  if (value.includes('#')) return 'hash'
  return /[^\S \t]/.test(value) ? 'space' : undefined
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at
  return pattern.exec(text) ?? undefined
}

const escapeEnds = (value: string) => value.replaceAll('\n', '\\n').replaceAll('\r', '\\r')

/** The ways to write a value, the safest for other readers first. */
const WRITINGS: readonly ((value: string) => string)[] = [
  (value) => `'${value}'`,
  (value) => `"${escapeEnds(value)}"`,
  (value) => `\`${value}\``,
  (value) => value,
]

/**
 * Writes a value so that both the strict dialect and `dotenv` read back exactly it.
 *
 * @throws {SecretError} `refused` for a value that cannot be written in a .env file
 */
export function encodeDotenvValue(name: string, value: string): string {
  const encoded = WRITINGS.map((write) => write(value)).find((text) => readsBack(name, text, value))
  if (encoded !== undefined) return encoded
  throw new SecretError(
    'refused',
    `the value of ${name} cannot be written in a .env file, since it mixes quotes, line ends or other control characters: encode it as base64url`,
  )
}

function readsBack(name: string, text: string, value: string): boolean {
  const bytes = Buffer.from(`NAME=${text}\n`, 'utf8')
  try {
    const [line, ...others] = parseDotenv(bytes.toString('utf8'), name)
    if (line?.value !== text || others.length > 0) return false
  } catch (error) {
    if (error instanceof SecretError && error.code === 'malformed') return false
    throw error
  }
  return !value.includes('\0') && parse(bytes)['NAME'] === value
}
