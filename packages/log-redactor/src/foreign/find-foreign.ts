import type { PrintedRun, Printing } from '../printed-bytes.ts'
import { isLowEntropy } from '@rekey/secret'
import { formatsIn } from './format-marks.ts'
import { namedValues } from './named-values.ts'
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
    DIGITS.has(way) && formatsIn(reading.text, Math.max(0, start - BEFORE), end).size > 0
  return runs?.some(isMarked) === true
}

/** Finds texts of the formats that issuers gave to their secrets. */
export function* secretsByFormat(text: string): Generator<ForeignSecret> {
  for (const { name, pattern } of formatsIn(text)) {
    for (const { 0: found, index } of text.matchAll(pattern)) {
      if (!/example/i.test(found)) yield { name, start: index, end: index + found.length }
    }
  }
}

const SCHEMES = /\b(bearer|basic)(?:[ \t]|%20|\+){1,8}([\w.~+/-]{3,}=*)/iy
const SCHEME_STARTS = new StartTable(['bearer', 'basic'])

/** In nearly every stretch of 64 bytes that are no text: three letters of a name are in them by chance. */
const BINARY = /[\0-\x08\x0e-\x1a\x1c-\x1f\x7f]/

/** Finds what stands under the name of a secret or after the scheme of an `Authorization` header, if it looks like a value. */
export function* secretsByName(text: string): Generator<ForeignSecret> {
  for (const { word, start, end, syntax } of namedValues(text)) {
    if (!looksLikeValue(text.slice(start, end), word, syntax)) continue
    if (!BINARY.test(text.slice(Math.max(0, start - 48), start + 16)))
      yield { name: word, start, end }
  }
  for (const { token, start, end, isBasic, password } of schemeTokens(text)) {
    const isSecret = isBasic ? password !== undefined : !isLowEntropy(token) && token.length >= 8
    if (isSecret) yield { name: 'authorization', start, end }
  }
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

export function* schemeTokens(text: string): Generator<SchemeToken> {
  let at = SCHEME_STARTS.next(text, 0)
  while (at < text.length) {
    SCHEMES.lastIndex = at
    const [all, scheme = '', token = ''] = SCHEMES.exec(text) ?? []
    const end = all === undefined ? at + 1 : SCHEMES.lastIndex
    at = SCHEME_STARTS.next(text, end)
    if (all === undefined) continue
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
export function* secretsInUrls(text: string): Generator<ForeignSecret> {
  for (const { start, end } of passwordsOfUrls(text)) {
    if (!SHOWN.test(text.slice(start, end))) yield { name: 'password', start, end }
  }
}

export function* passwordsOfUrls(text: string): Generator<Omit<ForeignSecret, 'name'>> {
  for (let at = text.indexOf('://'); at !== -1; at = text.indexOf('://', at + 3)) {
    USERINFO.lastIndex = at + 3
    const password = USERINFO.exec(text)?.[1]
    if (password === undefined) continue
    const end = USERINFO.lastIndex - 1
    yield { start: end - password.length, end }
  }
}
