import {
  MAY_BE_SECRET,
  perName,
  SECRET_PAIRS,
  SECRET_WORDS,
  secretWord,
  wordsOf,
} from '../signs/secret-names.ts'
import { StartTable } from './start-table.ts'
import type { Syntax } from './value-looks.ts'

/** A text that stands under the name of a secret, from `start` up to `end`. */
export interface NamedValue {
  /** The words that make the name that of a secret. */
  readonly word: string
  readonly start: number
  readonly end: number
  readonly syntax: Syntax
}

const NAMES = new RegExp(`${MAY_BE_SECRET.source}|cookie`, 'iy')
const STARTS = new StartTable(
  [SECRET_WORDS, ...SECRET_PAIRS.values(), ['cookie']].flatMap((names) => [...names]),
)

const wordOf = perName((name) => {
  const named = wordsOf(name)
  const word = named.at(-1) === 'cookie' ? 'cookie' : secretWord(named)
  return { word: word !== undefined && URLS.test(word) ? undefined : word }
})

/** Names of URLs, of which only the password is secret. */
const URLS = /(?:url|uri|string)$|^dsn$/

/** Longer ones are no names. */
const LONGEST_NAME = 64

const isOfName = (code: number) =>
  (code >= 0x61 && code <= 0x7a) ||
  (code >= 0x41 && code <= 0x5a) ||
  (code >= 0x30 && code <= 0x39) ||
  code === 0x5f ||
  code === 0x2d

/** Finds what stands under the names of secrets: members of JSON and inspected objects, headers, queries, options, elements. */
export function* namedValues(text: string, begin = 0): Generator<NamedValue> {
  let from = begin
  for (let found = next(text, from); found !== null; found = next(text, from)) {
    const least = Math.max(from, found.index - LONGEST_NAME)
    let start = found.index
    while (start > least && isOfName(text.charCodeAt(start - 1))) start -= 1
    let end = found.index + found[0].length
    const most = Math.min(text.length, end + LONGEST_NAME)
    while (end < most && isOfName(text.charCodeAt(end))) end += 1
    from = end
    // The letter of an escape is none of the name: `\npassword`.
    if (text[start - 1] === '\\' && /[nrt]/.test(text[start] ?? '')) start += 1
    const { word } = wordOf(text.slice(start, end))
    if (word === undefined) continue
    for (const value of valuesAt(text, start, end, word)) {
      yield value
      from = Math.max(from, value.end)
    }
  }
}

function next(text: string, from: number): RegExpExecArray | null {
  for (let at = STARTS.next(text, from); at < text.length; at = STARTS.next(text, at + 1)) {
    NAMES.lastIndex = at
    const found = NAMES.exec(text)
    if (found !== null) return found
  }
  return null
}

/** Between a name and its value, with the quotes of both. */
const BETWEEN =
  /(\\{0,7}["'`]?)[\])]?[ \t]{0,8}(=>|[:=]|>|,)(?:\s{0,64}(?=\[?\s{0,64}\\{0,7}["'`])|[ \t]{0,8})(\[\s{0,64})?(\\{0,7}["'`])?/y
/** Whether a text at `at` may match it, as it does not behind most words. */
function mayBeBetween(text: string, at: number): boolean {
  let sign = at
  while (text[sign] === ' ' || text[sign] === '\t') sign += 1
  return '\\"\'`])=:>,'.includes(text[sign] ?? '.')
}

const OPTION = /[ \t]{1,8}(?=[^\s-])/y
const BARE = /[^\s"'`&;,\\<>]+/y
const LINE = /[^\r\n"\\]+/y
const COOKIES_OF_WORD = /[^\s"\\]+/y
const TRAILING = /[)\]}.:!?]+$/
/** RFC 9110, section 11.4: what follows the scheme is secret. */
const SCHEME = /[A-Za-z][\w-]{1,20}[ \t]+(?=[^\s])/y

function* valuesAt(text: string, start: number, end: number, word: string): Generator<NamedValue> {
  BETWEEN.lastIndex = end
  const found = mayBeBetween(text, end) ? BETWEEN.exec(text) : undefined
  const [all, quote = '', sign = '', list, opening] = found ?? []
  if (all === undefined) {
    OPTION.lastIndex = end
    if (text.startsWith('--', start) && OPTION.test(text) && !isInUrl(text, start))
      yield* bare(text, OPTION.lastIndex, word, 'assigned')
    return
  }
  const isQuoted = quote !== ''
  // A list of names has commas too; a header and its value are a pair.
  if (
    sign === ',' &&
    !(isQuoted && opening !== undefined && isHeader(text.slice(start, end), word))
  )
    return
  if (sign === '>' ? isQuoted : sign === '=>' && !isQuoted) return
  const at = end + all.length
  if (opening !== undefined) {
    // The next key of an object is no value of a text before it.
    if (sign === ',' && isKey(text, closing(text, at, opening) + opening.length)) return
    yield* quoted(text, at, word, opening, list !== undefined || sign === ',')
  } else if (!isQuoted && !(isBlank(text, at - 1) && isInUrl(text, start)))
    yield* bare(text, at, word, sign === ':' ? 'said' : 'assigned')
}

const isKey = (text: string, end: number) => /^\s{0,8}:/.test(text.slice(end, end + 9))
const isBlank = (text: string, at: number) => /\s/.test(text[at] ?? '')

/** Whether the word that goes on at `at` is a URL, whose values end with it. */
export function isInUrl(text: string, at: number): boolean {
  let start = at
  while (start > 0 && !/[\s"'`]/.test(text[start - 1] ?? '')) start -= 1
  return /^\/|\?|:\/\//.test(text.slice(start, at))
}

const isHeader = (name: string, word: string) =>
  name.includes('-') || /authorization|cookie/.test(word)

/** Values in quotes, escaped as often as those of the first: all of a list. */
function* quoted(
  text: string,
  at: number,
  word: string,
  quote: string,
  isList: boolean,
): Generator<NamedValue> {
  const value = (start: number, end: number): NamedValue => {
    return {
      word,
      start: afterScheme(text, start, end, word),
      end,
      syntax: isList ? 'said' : 'quoted',
    }
  }
  for (let start = at; ;) {
    const end = closing(text, start, quote)
    yield value(start, end)
    const between = isList ? /,\s{0,64}/y : undefined
    if (between === undefined) return
    between.lastIndex = end + quote.length
    if (!between.test(text) || !text.startsWith(quote, between.lastIndex)) return
    start = between.lastIndex + quote.length
  }
}

/** The next quote that is escaped exactly as often, on the same line and in the same string of JSON. */
function closing(text: string, from: number, quote: string): number {
  let end = text.indexOf(quote, from)
  while (end !== -1 && !isEscapedAlike(text, from, end, quote)) end = text.indexOf(quote, end + 1)
  if (end === -1) {
    BARE.lastIndex = from
    return BARE.test(text) ? BARE.lastIndex : from
  }
  const sooner = text.slice(from, end).search(quote !== '"' && isJson(text) ? END_OF_STRING : /\n/)
  return sooner === -1 ? end : from + sooner
}

/** Escaped backslashes before the quote are part of the value: an even number of them more than the quote itself has. */
function isEscapedAlike(text: string, from: number, at: number, quote: string): boolean {
  let more = 0
  while (at - more > from && text[at - more - 1] === '\\') more += 1
  return more % (2 * quote.length) === 0
}

const END_OF_STRING = /(?<!\\)["\n]/
const isJson = (text: string) => text.startsWith('{') || text.startsWith('[')

function* bare(text: string, at: number, word: string, syntax: Syntax): Generator<NamedValue> {
  const start = afterScheme(text, at, text.length, word)
  // In a header a blank is before cookies, and between them; what is assigned ends with the word.
  const ofCookies = isBlank(text, at - 1) ? LINE : COOKIES_OF_WORD
  const pattern = word === 'cookie' ? ofCookies : BARE
  pattern.lastIndex = start
  const [found] = pattern.exec(text) ?? []
  if (found === undefined) return
  yield { word, start, end: start + found.replace(TRAILING, '').length, syntax }
}

function afterScheme(text: string, start: number, end: number, word: string): number {
  if (word !== 'authorization') return start
  SCHEME.lastIndex = start
  return SCHEME.test(text) && SCHEME.lastIndex < end ? SCHEME.lastIndex : start
}
