import { CharacterBuffer, PerDepth, type Reading } from './reading.ts'

/** Characters around a spelling: what a line shares with a secret and is further from one is found as it stands. */
const AROUND = 12

/** How far a list of numbers around a line end, and printed bytes around an escaped digit of theirs, are followed. */
const RUN_AROUND = 64

/** Spellings in spellings, such as JSON in JSON, up to this many. */
const MOST_PASSES = 6

/** A spelling begins with one of these. */
const SIGNS = ['\\', '%', '&']

/** How SQL and CSV spell a quote in quotes: only what has quotes is spelled so. */
const DOUBLED = ["''", '""']

/**
 * Reads what a text spells: escapes of JavaScript, JSON, shells and URLs, entities of markup, doubled quotes, one inside the other to
 * any usual depth. Only what is near a spelling is read, with a gap between, since the rest of the text is as it reads.
 *
 * @param withQuotes whether doubled quotes count as a spelling where there is no other
 * @param depth of the text in others: the reading lasts until the next of that depth
 * @returns `undefined` if the text spells nothing
 */
export function readPlain(text: string, withQuotes: boolean, depth: number): Reading | undefined {
  if (!text.includes('\\') && !text.includes('%') && !text.includes('&')) {
    if (!withQuotes || !DOUBLED.some((sign) => text.includes(sign))) return undefined
  }
  const buffer = buffers.at(depth)
  takeNearSpellings(text, withQuotes ? [...SIGNS, ...DOUBLED] : SIGNS, buffer)
  unspellAll(buffer)
  return buffer.reading()
}

/** The whole of `text` as {@link readPlain} reads it near a spelling. */
export function plainText(text: string): string {
  return /[\\%&]|''|""/.test(text) ? readAll(text).text : text
}

/** Reads the whole of a text as {@link readPlain} reads it near a spelling, until the next reading at depth 0. */
export function readAll(text: string): Reading {
  const buffer = buffers.at(0)
  buffer.clear(text.length)
  for (let at = 0; at < text.length; at += 1) buffer.push(text.charCodeAt(at), at, at + 1)
  unspellAll(buffer)
  return buffer.reading()
}

const buffers = new PerDepth(() => new CharacterBuffer())

function unspellAll(buffer: CharacterBuffer): void {
  for (let pass = 0; pass < MOST_PASSES && unspell(buffer); pass += 1);
}

function takeNearSpellings(text: string, signs: readonly string[], buffer: CharacterBuffer): void {
  buffer.clear(2 * text.length)
  const next = signs.map((sign) => text.indexOf(sign))
  for (let taken = 0; ;) {
    let at = Infinity
    for (let i = 0; i < signs.length; i += 1) {
      let place = next[i] ?? -1
      if (place !== -1 && place < taken) {
        place = text.indexOf(signs[i] ?? '', taken)
        next[i] = place
      }
      if (place !== -1 && place < at) at = place
    }
    if (at === Infinity) return
    taken = takeAround(text, at, taken, buffer)
  }
}

/** Takes the stretch around `at` that has no {@link AROUND} characters without a sign, and returns its end. */
function takeAround(text: string, at: number, taken: number, buffer: CharacterBuffer): number {
  const least = Math.max(taken, at - RUN_AROUND)
  const near = Math.max(taken, at - AROUND)
  let inDigits = isDigitSpelling(text, at)
  const from = Math.min(
    runStart(text, near, least, isOfNumbers),
    inDigits ? runStart(text, near, least, isOfDigits) : near,
  )
  // What stands apart is not read as one.
  if (from > taken && buffer.size > 0) buffer.push(0, from, from)
  const { codes, starts, ends } = buffer
  let size = buffer.size
  let sign = at
  let to = from
  let inNumbers = true
  for (; to < text.length; to += 1) {
    const code = text.charCodeAt(to)
    if (isSign(code)) {
      sign = to
      inNumbers = true
      inDigits = isDigitSpelling(text, to)
    } else if (to > sign + AROUND) {
      inNumbers &&= isOfNumbers(code)
      inDigits &&= isOfDigits(code)
      if (to > sign + RUN_AROUND || !(inNumbers || inDigits)) break
    }
    codes[size] = code
    starts[size] = to
    ends[size] = to + 1
    size += 1
  }
  buffer.size = size
  return to
}

const BACKSLASH = 0x5c
const PERCENT = 0x25
const AMPERSAND = 0x26
const SLASH = 0x2f
const SINGLE = 0x27
const DOUBLE = 0x22

function isSign(code: number): boolean {
  return code === BACKSLASH || code === PERCENT || code === AMPERSAND
}

/** Whether the sign at `at` may begin the spelling of a digit of printed bytes: `%2B`, `\/`, `\u002B`. */
function isDigitSpelling(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  if (code !== BACKSLASH) return code === PERCENT
  const next = text.charCodeAt(at + 1)
  return next === SLASH || (next === U && text.startsWith('002', at + 2))
}

/** Where a run that ends at `near` begins, no earlier than `least`. */
function runStart(text: string, near: number, least: number, isOf: (code: number) => boolean) {
  let start = near
  while (start > least && isOf(text.charCodeAt(start - 1))) start -= 1
  return start
}

/** A digit of printed bytes. */
function isOfDigits(code: number): boolean {
  const lower = code | 0x20
  if ((lower >= 0x61 && lower <= 0x7a) || (code >= 0x30 && code <= 0x39)) return true
  return code === 0x2b || code === 0x2d || code === 0x2f || code === 0x5f
}

/** A digit, a comma or a space. */
function isOfNumbers(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || code === 0x2c || code === 0x20
}

/** Reads each spelling once, in place. False if there is none. */
function unspell(buffer: CharacterBuffer): boolean {
  const { codes, starts, ends, size } = buffer
  let out = 0
  for (let at = 0; at < size;) {
    const code = codes[at] ?? 0
    let length = 1
    let meant = code
    if (isSign(code) || code === SINGLE || code === DOUBLE) {
      const read = readSpelling(codes, at, size)
      length = read >>> 24
      meant = read & 0xffff
    }
    codes[out] = meant
    starts[out] = starts[at] ?? 0
    ends[out] = ends[at + length - 1] ?? 0
    out += 1
    at += length
  }
  buffer.size = out
  return out < size
}

/** The character that is spelled at `at`, and above it in bits 24 to 31 the length of its spelling, which is 1 if it stands for itself. */
function readSpelling(codes: Uint16Array, at: number, size: number): number {
  const code = codes[at] ?? 0
  const next = at + 1 < size ? (codes[at + 1] ?? 0) : 0
  const itself = (1 << 24) | code
  switch (code) {
    case BACKSLASH:
      return at + 1 < size ? readEscape(codes, at, next, size) : itself
    case PERCENT: {
      const value = hex(codes, at + 1, 2, size)
      return value < 0 ? itself : (3 << 24) | value
    }
    case AMPERSAND:
      return readEntity(codes, at, size)
    default:
      return next === code ? (2 << 24) | code : itself
  }
}

/** The character that a letter stands for after a backslash, by its code; most stand for themselves. */
const ESCAPES = Uint16Array.from({ length: 128 }, (_, code) => code)
for (const [letter, meant] of ['n\n', 'r\r', 't\t', 'b\b', 'f\f', 'v\v', '0\0']) {
  ESCAPES[letter?.charCodeAt(0) ?? 0] = meant?.charCodeAt(0) ?? 0
}
const X = 0x78
const U = 0x75

function readEscape(codes: Uint16Array, at: number, next: number, size: number): number {
  if (next === U || next === X) {
    const digits = next === U ? 4 : 2
    const value = hex(codes, at + 2, digits, size)
    if (value >= 0) return ((digits + 2) << 24) | value
  }
  return (2 << 24) | (next < 128 ? (ESCAPES[next] ?? next) : next)
}

/** The value of `count` hexadecimal digits, or -1. */
function hex(codes: Uint16Array, at: number, count: number, size: number): number {
  if (at + count > size) return -1
  let value = 0
  for (let i = at; i < at + count; i += 1) {
    const digit = digitOf(codes[i] ?? 0)
    if (digit < 0) return -1
    value = value * 16 + digit
  }
  return value
}

function digitOf(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}

const LONGEST_ENTITY = 8
const SEMICOLON = 0x3b
const HASH = 0x23
const ENTITIES = ['amp&', 'lt<', 'gt>', 'quot"', "apos'"].map((entity) => ({
  name: Array.from(entity.slice(0, -1), (character) => character.charCodeAt(0)),
  meant: entity.charCodeAt(entity.length - 1),
}))

/** 1 for what a number or a name begins with: few characters do behind an ampersand. */
const BEGINS_ENTITY = new Uint8Array(128)
for (const code of [HASH, ...ENTITIES.map(({ name }) => name[0] ?? HASH)]) BEGINS_ENTITY[code] = 1

function readEntity(codes: Uint16Array, at: number, size: number): number {
  const itself = (1 << 24) | AMPERSAND
  if (BEGINS_ENTITY[codes[at + 1] ?? 0] !== 1) return itself
  let end = at + 1
  const most = Math.min(size, at + LONGEST_ENTITY)
  while (end < most && codes[end] !== SEMICOLON) end += 1
  if (end === most) return itself
  const value =
    codes[at + 1] === HASH ? readNumber(codes, at + 2, end) : readName(codes, at + 1, end)
  return value < 0 || value > 0xffff ? itself : ((end + 1 - at) << 24) | value
}

/** The value of a number of an entity, `65` or `x41`, or -1. */
function readNumber(codes: Uint16Array, from: number, end: number): number {
  if (((codes[from] ?? 0) | 0x20) === X) {
    return end > from + 1 ? hex(codes, from + 1, end - from - 1, end) : -1
  }
  let value = from < end ? 0 : -1
  for (let at = from; at < end; at += 1) {
    const digit = (codes[at] ?? 0) - 0x30
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value
}

function readName(codes: Uint16Array, from: number, end: number): number {
  for (const { name, meant } of ENTITIES) {
    if (name.length === end - from && name.every((code, i) => codes[from + i] === code)) {
      return meant
    }
  }
  return -1
}
