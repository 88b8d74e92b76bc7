import { byteRuns } from './byte-runs.ts'
import { type ByteRuns, DecodedBytes } from './decoded-bytes.ts'
import { mergeRegions, type Region } from './mask-line.ts'
import {
  type ForeignSecret,
  type Judging,
  mayHaveFormat,
  secretsByFormat,
  secretsByName,
  secretsInUrls,
} from './foreign/find-foreign.ts'
import type { WeakValues } from './foreign/weak-values.ts'
import { hasName } from './foreign/word-filter.ts'
import type { Names, Owner } from './owner.ts'
import { readAll, readPlain } from './plain-text.ts'
import { type PrintedRun, printedRuns } from './printed-bytes.ts'
import { partsOf, placedIn, type Reading } from './reading.ts'
import { TextWords } from './text-words.ts'
import type { Match } from './form-matches.ts'
import type { ValueIndex } from './value-index.ts'

/** A stretch of a line that shows a secret. */
export interface FoundSecret extends Region {
  readonly owner: Owner
}

/** Finds what a text shares with secrets. */
type Index = Pick<ValueIndex<Owner>, 'isEmpty' | 'hasQuotes' | 'scan'>

/** A common prefix of secrets that are known by digest only. */
export interface MarkerText {
  readonly literal: string
  readonly owner: Owner
}

/** A marker, with its end that a line is searched for: the search stops wherever the first character of that is. */
interface SoughtMarker extends MarkerText {
  readonly rarest: number
  readonly sought: string
}

/** Letters by how many there are in English text, the most frequent first. */
const FREQUENT = 'etaoinsrhldcumfpgwybvkxjqz'

function soughtMarker(marker: MarkerText): SoughtMarker {
  const { literal } = marker
  const ranks = Array.from(literal, (each) => {
    const rank = FREQUENT.indexOf(each)
    return rank === -1 ? FREQUENT.length : rank
  })
  const rarest = ranks.indexOf(Math.max(...ranks))
  return { ...marker, rarest, sought: literal.slice(rarest) }
}

/** How many secrets of one line are masked; the search ends at the next one. */
export const MAX_HITS = 1_000

/** A place may be found as it stands and in what it spells, in each index. */
const MOST_FOUND = 8 * MAX_HITS

/** Encodings in encodings, such as base64 in base64, up to this many. */
const MOST_DEPTH = 3

/** How many times the length of a line is read, in all that it spells: enough for text in base64 in base64. */
export const MOST_READ = 6
const LEAST_READ = 4_096

/** How many values of foreign secrets are looked at in a line: so many, and one more in each so many characters. */
const LEAST_JUDGED = 64
const JUDGED_EACH = 256

/** The secrets found in a line. */
interface FoundSecrets {
  /** In order, none overlapping. */
  readonly secrets: readonly FoundSecret[]
  /** Why the search ended early: more than {@link MAX_HITS} places, or more to read than {@link MOST_READ} times the line. */
  readonly excess?: 'places' | 'spellings'
}

/** Finds secrets in lines, one after the other. */
export class SecretFinder {
  readonly #indexes: readonly Index[]
  readonly #markers: readonly SoughtMarker[]
  readonly #memory = new TextWords()
  /** Of what was scanned last. */
  #words = this.#memory.words
  #line = ''
  #found: FoundSecret[] | undefined
  /** How many characters may still be read. */
  #left = 0
  #judging: Judging = { left: 0 }
  readonly #weak: WeakValues
  readonly #withForeign: boolean
  readonly #names = new Map<Names, Names>()

  /** @param indexes of which the first names what several of them have */
  constructor(
    indexes: readonly Index[],
    markers: readonly MarkerText[],
    weak: WeakValues,
    withForeign: boolean,
  ) {
    this.#weak = weak
    this.#indexes = indexes
    this.#markers = markers.map(soughtMarker)
    this.#withForeign = withForeign
  }

  /** Reports a value that was entered with `names` under `others` until the returned function is called. Of several the first counts. */
  rename(names: Names, others: Names): () => void {
    if (!this.#names.has(names)) this.#names.set(names, others)
    return () => {
      if (this.#names.get(names) === others) this.#names.delete(names)
    }
  }

  /** Finds the stretches of `line` that show secrets; `undefined` if there are none. */
  find(line: string): FoundSecrets | undefined {
    this.#line = line
    this.#found = undefined
    this.#left = LEAST_READ + MOST_READ * line.length
    this.#judging = { left: LEAST_JUDGED + Math.floor(line.length / JUDGED_EACH) }
    for (const marker of this.#markers) this.#takeMarker(marker)
    this.#search()
    this.#line = ''
    return this.#result(this.#found)
  }

  #result(found: readonly FoundSecret[] | undefined): FoundSecrets | undefined {
    const secrets = found === undefined ? [] : mergeRegions<FoundSecret>(found)
    if (this.#left < 0) return { secrets, excess: 'spellings' }
    if (found === undefined) return undefined
    const isCrowded = this.#isOver || secrets.length > MAX_HITS
    return { secrets, ...(isCrowded && { excess: 'places' }) }
  }

  #takeMarker({ literal, owner, rarest, sought }: SoughtMarker): void {
    const line = this.#line
    for (let at = line.indexOf(sought); at !== -1 && !this.#isOver;) {
      const start = at - rarest
      const rest = at + sought.length
      TOKEN.lastIndex = rest
      const end = rest + (TOKEN.exec(line)?.[0].length ?? 0)
      if (end > rest && line.startsWith(literal, start)) this.#add(start, end, owner)
      at = line.indexOf(sought, end)
    }
  }

  readonly #takeInLine = (match: Match<Owner>): boolean => {
    this.#add(match.start, match.end, match.owner)
    return !this.#isOver
  }

  #search(): void {
    const line = this.#line
    const printed = this.#scan({ text: line, length: line.length }, this.#takeInLine)
    if (!this.#weak.isEmpty) this.#searchWeak(line)
    if (this.#withForeign) this.#searchForeign(line, printed)
    const plain = readPlain(line, this.#hasQuotes, 0)
    if (plain !== undefined) this.#searchReading(plain, 'escaped', 0)
    if (printed !== undefined) this.#searchBytes(line, printed, 0)
  }

  /** Looks a text up in each index. Returns the runs of it that may be printed bytes, unless `take` ended the search. */
  #scan(
    reading: Pick<Reading, 'text' | 'length' | 'words'>,
    take: (match: Match<Owner>) => boolean,
  ): readonly PrintedRun[] | undefined {
    if (reading.words === undefined) this.#memory.load(reading.text)
    this.#words = reading.words ?? this.#memory.words
    const count = reading.length >>> 2
    for (const index of this.#indexes) {
      if (!index.isEmpty && !index.scan(reading, this.#words, count, take)) return undefined
    }
    return printedRuns(reading, this.#words, count)
  }

  get #hasQuotes(): boolean {
    return this.#indexes.some((index) => index.hasQuotes)
  }

  /** Names are looked for in the line and in the bytes that it prints, formats in all that it spells. */
  #searchForeign(line: string, printed: readonly PrintedRun[] | undefined): void {
    const isNamed = hasName({ text: line }, this.#words, line.length >>> 2)
    if (isNamed || mayHaveFormat({ text: line }, printed)) {
      this.#takeForeign(secretsByFormat(line, this.#judging))
      if (isNamed) this.#takeForeign(secretsByName(line, this.#judging))
      if (/[%&]/.test(line)) {
        const reading = readAll(line)
        this.#takeForeign(secretsByFormat(reading.text, this.#judging), reading)
        if (isNamed) this.#takeForeign(secretsByName(reading.text, this.#judging), reading)
      }
    }
    if (line.includes('@')) this.#takeForeign(secretsInUrls(line, this.#judging))
  }

  #searchWeak(line: string): void {
    for (const { start, end, owner } of this.#weak.find(line)) {
      if (this.#isOver) return
      this.#add(start, end, owner)
    }
    if (!/[%&]/.test(line)) return
    const { text, startOf, endOf } = readAll(line)
    for (const { start, end, owner } of this.#weak.find(text)) {
      if (this.#isOver) return
      this.#add(startOf(start), endOf(end - 1), owner)
    }
  }

  #takeForeign(secrets: Iterable<ForeignSecret>, reading?: Reading): void {
    for (const { name, start, end } of secrets) {
      if (this.#isOver) return
      const owner = foreignOwner(name)
      if (reading === undefined) this.#add(start, end, owner)
      else this.#add(reading.startOf(start), reading.endOf(end - 1), owner)
    }
  }

  get #isOver(): boolean {
    return this.#left < 0 || (this.#found !== undefined && this.#found.length > MOST_FOUND)
  }

  #searchReading(reading: Reading, encoding: string, depth: number): void {
    const { length, startOf, endOf } = reading
    this.#left -= length
    if (this.#isOver) return
    const printed = this.#scan(reading, (match) => {
      this.#add(startOf(match.start), endOf(match.end - 1), { ...match.owner, encoding })
      return !this.#isOver
    })
    if (this.#withForeign) {
      const isMarked = hasName(reading, this.#words, length >>> 2)
      if (isMarked || mayHaveFormat(reading, printed)) {
        const { text } = reading
        this.#takeForeign(secretsByFormat(text, this.#judging), reading)
        // Names in the unescaped line are those of the line.
        if (isMarked && encoding !== 'escaped')
          this.#takeForeign(secretsByName(text, this.#judging), reading)
      }
    }
    if (printed !== undefined) this.#searchBytes(reading.text, printed, depth, reading)
  }

  /** Reads the bytes that are printed in a text, and what those spell. */
  #searchBytes(text: string, printed: readonly PrintedRun[], depth: number, outer?: Reading): void {
    if (depth === MOST_DEPTH) return
    for (const run of byteRuns(text, printed, depth)) {
      if (this.#isOver) return
      this.#searchReading(placedIn(outer, run), run.encoding, depth + 1)
      const text = textOf(run)
      const plain = text && readPlain(text.text, this.#hasQuotes, depth + 1)
      if (plain === undefined) continue
      const placed = placedIn(outer, placedIn(text, plain))
      this.#searchReading(placed, run.encoding, depth + 1)
    }
  }

  #add(start: number, end: number, found: Owner): void {
    this.#found ??= []
    const names = found.entered && this.#names.get(found.entered)
    const owner = names === undefined ? found : { ...found, ...names }
    const isGuess = owner.kind === 'foreign'
    this.#found.push({ start, end, owner, tag: tagOf(owner), isGuess })
  }
}

const foreignOwners = new Map<string, Owner>()

/** Of few names, each with one owner. */
function foreignOwner(name: string): Owner {
  const known = foreignOwners.get(name)
  if (known !== undefined) return known
  const owner: Owner = { kind: 'foreign', name, encoding: 'text' }
  foreignOwners.set(name, owner)
  return owner
}

/** Reads of the decoded bytes those runs that may be text, which may spell something. */
function textOf(bytes: ByteRuns): Reading | undefined {
  if (!(bytes instanceof DecodedBytes)) return bytes
  const { length, runs } = bytes
  const texts: { start: number; end: number }[] = []
  for (let i = 0; i < runs.length; i += 1) {
    const start = runs[i] ?? 0
    const end = runs[i + 1] ?? length
    if (looksLikeText(bytes.bytes, start, end)) texts.push({ start, end })
  }
  if (texts.length === 0) return undefined
  if (texts.length === runs.length) return bytes
  return partsOf(bytes, texts)
}

const SAMPLE = 24
/** After the last byte that digits print there are no more bytes than these, of the digits that fill up. */
const MOST_FILLED = 11

/** Whether decoded bytes may be text: of random ones one run in ten thousand is, or of short ones one in ten. */
function looksLikeText(bytes: Uint8Array, start: number, end: number): boolean {
  const last = end - MOST_FILLED
  const middle = (start + last) >>> 1
  return (
    isSampleOfText(bytes, start, Math.min(start + SAMPLE, last)) &&
    isSampleOfText(bytes, middle, Math.min(middle + SAMPLE, last)) &&
    isSampleOfText(bytes, Math.max(start, last - SAMPLE), last)
  )
}

function isSampleOfText(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if (isControl(bytes[at] ?? 0)) return false
  return true
}

function isControl(code: number): boolean {
  return code < 0x20 && (code < 0x09 || code > 0x0d)
}

const TOKEN = /[\w-]*/y

/** `[secret NAME@VERSION]`, of characters that mean nothing to JSON or a terminal. */
function tagOf({ name, version }: Owner): string {
  const label = version === undefined ? name : `${name}@${version}`
  return `[secret ${label.replace(/[^\w .:/@+-]/g, '_')}]`
}
