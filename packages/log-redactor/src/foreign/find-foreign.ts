import type { PrintedRun, Printing } from '../printed-bytes.ts'
import type { Reading } from '../reading.ts'
import { isLowEntropy } from '@rekey/secret/internal'
import { formatsIn, hasFormat } from './format-marks.ts'
import { isInUrl, namedValues } from './named-values.ts'
import type { Judging } from './judging.ts'
import { StartTable } from './start-table.ts'
import { looksLikeValue } from './value-looks.ts'

/** A secret that no store has given to this process. */
export interface ForeignSecret {
  readonly start: number
  readonly end: number
  /** Of a closed list: `password`, `GitHub token`. */
  readonly name: string
}

const DIGITS: ReadonlySet<Printing> = new Set(['base64', 'base32', 'hex'])
/** Further than the start of a format is before its digits. */
const BEFORE = 40

/** Whether a run of digits in a text may be that of a secret with a format. */
export function mayHaveFormat(
  reading: { readonly text: string },
  runs: readonly PrintedRun[] | undefined,
): boolean {
  const isMarked = ({ start, end, way }: PrintedRun) =>
    DIGITS.has(way) && hasFormat(reading.text, Math.max(0, start - BEFORE), end)
  return runs?.some(isMarked) === true
}

/** The name of what was not looked at any more, and is masked. */
export const UNREAD = 'unread'

/**
 * Looks at the values that `find` finds from a place on. When no more of a string may be examined, its rest from the next value on counts
 * as a secret.
 *
 * @param judge returns the name of the secret, if it is one
 */
function* judgeEach<Value extends { readonly start: number; readonly end: number }>(
  { text, judging, reading }: Judged,
  find: (text: string, from: number) => Iterable<Value>,
  judge: (value: Value) => string | undefined,
): Generator<ForeignSecret> {
  for (let from = 0; from < text.length;) {
    let next = text.length
    for (const value of find(text, from)) {
      const { start, end } = value
      const unread = judging.endOfUnread(start, reading)
      if (unread !== undefined) {
        next = Math.max(unread, end, start + 1)
        yield { name: UNREAD, start, end: next }
        break
      }
      const name = judge(value)
      if (name !== undefined) yield { name, start, end }
    }
    from = next
  }
}

/** A text that is searched, which was perhaps read out of a line. */
export interface Judged {
  readonly text: string
  readonly judging: Judging
  readonly reading?: Reading | undefined
}

interface FormatMatch {
  readonly found: string
  readonly start: number
  readonly end: number
}

/** Finds texts of the formats that issuers gave to their secrets. */
export function* secretsByFormat(judged: Judged): Generator<ForeignSecret> {
  for (const { name, pattern } of formatsIn(judged.text)) {
    const judge = ({ found }: FormatMatch) => (/example/i.test(found) ? undefined : name)
    yield* judgeEach(judged, (text, from) => matches(pattern, text, from), judge)
  }
}

function* matches(pattern: RegExp, text: string, from: number): Generator<FormatMatch> {
  pattern.lastIndex = from
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const { 0: found, index } = match
    const end = pattern.lastIndex
    yield { found, start: index, end }
    pattern.lastIndex = end
  }
}

const SCHEMES = /\b(bearer|basic)(?:[ \t]|%20|\+){1,8}([\w.~+/-]{3,}=*)/iy
const SCHEME_STARTS = new StartTable(['bearer', 'basic'])

/** In nearly every stretch of 64 bytes that are no text: three letters of a name are in them by chance. */
const BINARY = /[\0-\x08\x0e-\x1a\x1c-\x1f\x7f]/

/** Finds what stands under the name of a secret or after the scheme of an `Authorization` header, if it looks like a value. */
export function* secretsByName(judged: Judged): Generator<ForeignSecret> {
  const { text } = judged
  yield* judgeEach(judged, namedValues, ({ word, start, end, syntax }) => {
    const isSecret = looksLikeValue(text.slice(start, end), word, syntax)
    return isSecret && !BINARY.test(text.slice(Math.max(0, start - 48), start + 16))
      ? word
      : undefined
  })
  yield* judgeEach(judged, schemeTokens, ({ token, isBasic, password }) => {
    const isSecret = isBasic ? password !== undefined : !isLowEntropy(token) && token.length >= 8
    return isSecret ? 'authorization' : undefined
  })
}

/** The text after a scheme of an `Authorization` header. */
interface SchemeToken {
  readonly token: string
  readonly start: number
  readonly end: number
  readonly isBasic: boolean
  /** Of `Basic`: the second part of `user:password`. */
  readonly password?: string
}

export function* schemeTokens(text: string, from = 0): Generator<SchemeToken> {
  let at = SCHEME_STARTS.next(text, from)
  while (at < text.length) {
    SCHEMES.lastIndex = at
    const [all, scheme = '', token = ''] = SCHEMES.exec(text) ?? []
    const end = all === undefined ? at + 1 : SCHEMES.lastIndex
    const start = at
    at = SCHEME_STARTS.next(text, end)
    if (all === undefined) continue
    if (/\s/.test(text[end - token.length - 1] ?? '') && isInUrl(text, start)) continue
    const isBasic = /^basic$/i.test(scheme)
    const password = isBasic ? passwordIn(token) : undefined
    const found = { token, start: end - token.length, end, isBasic }
    yield password === undefined ? found : { ...found, password }
  }
}

/** RFC 7617, section 2: `user:password` in base64. */
function passwordIn(token: string): string | undefined {
  const text = Buffer.from(token, 'base64').toString('latin1')
  return /^[\x20-\x39\x3b-\x7e\x80-\xff]*:([\x20-\x7e\x80-\xff]+)$/.exec(text)?.[1]
}

const USERINFO = /[^\s/?#"'<>\\@:]{0,256}:([^\s/?#"'<>\\]{1,512})@/y
const SHOWN = /^(?:\*+|x+|[\w-]*password[\w-]*|<.*>|\$\{.*\}|\[.*\])$/i

/** Finds the passwords of URLs. */
export function* secretsInUrls(judged: Judged): Generator<ForeignSecret> {
  const { text } = judged
  yield* judgeEach(judged, passwordsOfUrls, ({ start, end }) =>
    SHOWN.test(text.slice(start, end)) ? undefined : 'password',
  )
}

export function* passwordsOfUrls(text: string, from = 0): Generator<Omit<ForeignSecret, 'name'>> {
  for (let at = text.indexOf('://', from); at !== -1; at = text.indexOf('://', at + 3)) {
    USERINFO.lastIndex = at + 3
    const password = USERINFO.exec(text)?.[1]
    if (password === undefined) continue
    const end = USERINFO.lastIndex - 1
    yield { start: end - password.length, end }
  }
}
