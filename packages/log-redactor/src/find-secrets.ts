import { byteRuns } from './byte-runs.ts'
import { textOf } from './decoded-text.ts'
import { mergeRegions, type Region } from './mask-line.ts'
import {
  type ForeignSecret,
  type Judged,
  mayHaveFormat,
  secretsByFormat,
  secretsByName,
  secretsInUrls,
  UNREAD,
} from './foreign/find-foreign.ts'
import { Judging } from './foreign/judging.ts'
import { LineStrings } from './line-strings.ts'
import type { WeakValues } from './foreign/weak-values.ts'
import { hasName } from './foreign/word-filter.ts'
import type { Names, Owner } from './owner.ts'
import { readAll, readPlain } from './plain-text.ts'
import { type PrintedRun, printedRuns } from './printed-bytes.ts'
import { placedIn, type Reading } from './reading.ts'
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
  /** Finds the secret whose value a text begins with. Without a result the text is the owner's. */
  readonly identify?: (text: string) => (Required<Names> & { readonly length: number }) | undefined
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

/** When so many stretches have been found, those that overlap are made one, since a place may be found in each spelling. */
const MANY_FOUND = 8_000

/** Encodings in encodings, such as base64 in base64, up to this many. */
const MOST_DEPTH = 3

/** How many times the length of a text is read, in all that it spells: enough for text in base64 in base64. */
const MOST_READ = 6
const LEAST_READ = 4_096
/** And of a short string. */
const MOST_READ_OF_SHORT = 16

/** Shorter strings print no bytes. */
const LEAST_PRINTED = 20

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
  #judging = new Judging(() => this.#strings)
  #lineStrings: LineStrings | undefined
  #mergeAt = MANY_FOUND
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

  /** Finds the stretches of `line` that show secrets, in order, none overlapping; `undefined` if there are none. */
  find(line: string): readonly FoundSecret[] | undefined {
    this.#line = line
    this.#found = undefined
    this.#mergeAt = MANY_FOUND
    this.#left = LEAST_READ + MOST_READ * line.length
    this.#judging = new Judging(() => this.#strings)
    for (const marker of this.#markers) this.#takeMarker(marker)
    this.#search()
    if (this.#isOver) this.#searchStrings()
    this.#line = ''
    this.#lineStrings = undefined
    return this.#merged()
  }

  #merged(): readonly FoundSecret[] | undefined {
    return this.#found && mergeRegions<FoundSecret>(this.#found)
  }

  get #strings(): LineStrings {
    return (this.#lineStrings ??= new LineStrings(this.#line))
  }

  #takeMarker(marker: SoughtMarker): void {
    const { literal, rarest, sought } = marker
    const line = this.#line
    for (let at = line.indexOf(sought); at !== -1;) {
      const start = at - rarest
      const rest = at + sought.length
      TOKEN.lastIndex = rest
      const end = rest + (TOKEN.exec(line)?.[0].length ?? 0)
      if (end > rest && line.startsWith(literal, start)) this.#takeMarked(marker, start, end)
      at = line.indexOf(sought, end)
    }
  }

  /** Takes each value in a word that a marker begins, and what lies between as the marker's. */
  #takeMarked({ literal, owner, identify }: SoughtMarker, start: number, end: number): void {
    const line = this.#line
    let from = start
    for (let at = start; identify && at !== -1 && at < end; at = line.indexOf(literal, at)) {
      const named = identify(line.slice(at, end))
      if (named !== undefined) {
        const { name, version, length } = named
        if (at > from) this.#add(from, at, owner)
        this.#add(at, at + length, { kind: 'secret', name, version, encoding: 'text' })
        from = at + length
      }
      at += named?.length ?? literal.length
    }
    if (from < end) this.#add(from, end, owner)
  }

  readonly #takeInLine = (match: Match<Owner>): boolean => {
    this.#add(match.start, match.end, match.owner)
    return true
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

  /** Reads what each long string spells by itself, and what the rest does, where all that the line spells is too much to read. */
  #searchStrings(): void {
    const line = this.#line
    let rest = ''
    for (const { start, end } of this.#strings.longerThan(LEAST_PRINTED)) {
      this.#searchString(line.slice(start, end), start)
      rest += line.slice(rest.length, start) + '\0'.repeat(end - start)
    }
    this.#searchString(rest + line.slice(rest.length), 0)
  }

  /** A string that spells too much itself is masked as a whole. */
  #searchString(text: string, offset: number): void {
    const { length } = text
    this.#left =
      MOST_READ * length + Math.min(LEAST_READ, (MOST_READ_OF_SHORT - MOST_READ) * length)
    const startOf = (index: number) => index + offset
    const endOf = (index: number) => index + offset + 1
    const string: Reading = { text, length, startOf, endOf }
    const printed = this.#scan(string, () => true)
    const plain = readPlain(text, this.#hasQuotes, 0)
    if (plain !== undefined) this.#searchReading(placedIn(string, plain), 'escaped', 0)
    if (printed !== undefined) this.#searchBytes(text, printed, 0, string)
    if (this.#isOver) this.#add(offset, offset + length, foreignOwner(UNREAD))
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
    const judged = { text: line, judging: this.#judging }
    if (isNamed || mayHaveFormat({ text: line }, printed)) {
      this.#takeForeign(secretsByFormat(judged))
      if (isNamed) this.#takeForeign(secretsByName(judged))
      const reading = /[%&]/.test(line) ? readAll(line) : undefined
      // Most ampersands stand for themselves.
      if (reading !== undefined && reading.length < line.length) {
        const read = { text: reading.text, judging: this.#judging, reading }
        this.#takeForeign(secretsByFormat(read), reading)
        if (isNamed) this.#takeForeign(secretsByName(read), reading)
      }
    }
    if (line.includes('@')) this.#takeForeign(secretsInUrls(judged))
  }

  #searchWeak(line: string): void {
    for (const { start, end, owner } of this.#weak.find(line)) {
      this.#add(start, end, owner)
    }
    if (!/[%&]/.test(line)) return
    const { text, startOf, endOf } = readAll(line)
    for (const { start, end, owner } of this.#weak.find(text)) {
      this.#add(startOf(start), endOf(end - 1), owner)
    }
  }

  #takeForeign(secrets: Iterable<ForeignSecret>, reading?: Reading): void {
    for (const { name, start, end: last } of secrets) {
      const from = reading?.startOf(start) ?? start
      const end = this.#endOfGuess(from, reading?.endOf(last - 1) ?? last, name, reading)
      if (end > from) this.#add(from, end, foreignOwner(name))
    }
  }

  /**
   * A guess ends with the string that it begins in, and none is between the values of JSON: quotes are read in more than one way, and blanks
   * that are spelled are no others.
   */
  #endOfGuess(start: number, end: number, name: string, reading: Reading | undefined): number {
    const ends = reading === undefined ? /"/ : /[\s"]/
    if (name !== UNREAD && !ends.test(this.#line.slice(start, end))) return end
    const string = this.#strings.at(start)
    if (string === undefined) return start
    return reading !== undefined || string.isQuoted ? Math.min(end, string.end) : end
  }

  get #isOver(): boolean {
    return this.#left < 0
  }

  #searchReading(reading: Reading, encoding: string, depth: number): void {
    const { length, startOf, endOf } = reading
    this.#left -= length
    if (this.#isOver) return
    const printed = this.#scan(reading, (match) => {
      this.#add(startOf(match.start), endOf(match.end - 1), { ...match.owner, encoding })
      return true
    })
    if (this.#withForeign) {
      const isMarked = hasName(reading, this.#words, length >>> 2)
      if (isMarked || mayHaveFormat(reading, printed)) {
        const judged: Judged = { text: reading.text, judging: this.#judging, reading }
        this.#takeForeign(secretsByFormat(judged), reading)
        // Names in the unescaped line are those of the line.
        if (isMarked && encoding !== 'escaped') this.#takeForeign(secretsByName(judged), reading)
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
    const tag = tagOf(owner, names ?? found.entered ?? found)
    this.#found.push({ start, end, owner, tag, isGuess })
    if (this.#found.length < this.#mergeAt) return
    this.#found = mergeRegions<FoundSecret>(this.#found)
    this.#mergeAt = Math.max(MANY_FOUND, 2 * this.#found.length)
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

const TOKEN = /[\w-]*/y

const tags = new WeakMap<Names, string>()

/** `[secret NAME@VERSION]`, of characters that mean nothing to JSON or a terminal. One text for all places of a value. */
function tagOf(owner: Owner, names: Names): string {
  const known = tags.get(names)
  if (known !== undefined) return known
  const { name, version } = owner
  const label = version === undefined ? name : `${name}@${version}`
  const tag = `[secret ${label.replace(/[^\w .:/@+-]/g, '_')}]`
  tags.set(names, tag)
  return tag
}
