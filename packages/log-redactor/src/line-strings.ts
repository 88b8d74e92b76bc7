import { type JsonTree, jsonTree, KIND } from './json-tree.ts'
import { lastUpTo } from './reading.ts'

/** A piece of a line that has one author: text between quotes, or a word. */
export interface LineString {
  readonly start: number
  readonly end: number
  /** Whether it stands between quotes, so that blanks are part of it. */
  readonly isQuoted: boolean
  /** How many values of it were judged. */
  judged: number
}

interface TextLine {
  readonly start: number
  readonly end: number
  readonly tree: JsonTree | undefined
  /** Of a line that is no JSON: where its quotes are. */
  readonly quotes: readonly number[]
}

/** The strings of a text: of JSON its strings and other values, and of other lines what stands between double quotes, and words. */
export class LineStrings {
  readonly #text: string
  readonly #whole: JsonTree | undefined
  readonly #strings = new Map<number, LineString>()
  #last: LineString | undefined
  #line: TextLine = { start: 0, end: 0, tree: undefined, quotes: [] }

  constructor(text: string) {
    this.#text = text
    this.#whole = jsonTree(text)
  }

  /** The string that has the character at `place`; `undefined` if that is between the values of JSON. */
  at(place: number): LineString | undefined {
    const last = this.#last
    if (last !== undefined && place >= last.start && place < last.end) return last
    const found = this.#find(place)
    if (found === undefined || place < found.start || place >= found.end) return undefined
    const { start, end, isQuoted } = found
    const string = this.#strings.get(start) ?? { start, end, isQuoted, judged: 0 }
    this.#strings.set(start, string)
    return (this.#last = string)
  }

  /** The strings of at least so many characters, in order. */
  *longerThan(least: number): Generator<Pick<LineString, 'start' | 'end'>> {
    for (let at = 0; at < this.#text.length; at = this.#line.end + 1) {
      const { start, end, tree } = this.#lineAt(at)
      if (tree !== undefined) yield* stringsOf(tree, start, least)
      else yield* wordsOf(this.#text.slice(start, end), start, least)
    }
  }

  #find(place: number): Omit<LineString, 'judged'> | undefined {
    const { start, tree, quotes } = this.#lineAt(place)
    if (tree !== undefined) return valueAt(tree, start, place)
    const before = lastUpTo(quotes, place)
    const [open = Infinity, close] = quotes.slice(before, before + 2)
    if (before % 2 === 0 && open < place && close !== undefined) {
      return { start: open + 1, end: close, isQuoted: true }
    }
    return { ...this.#wordAt(place, start), isQuoted: false }
  }

  #wordAt(place: number, least: number): Pick<LineString, 'start' | 'end'> {
    let start = place
    while (start > least && !/[\s"]/.test(this.#text[start - 1] ?? '')) start -= 1
    WORD_END.lastIndex = place
    return { start, end: WORD_END.exec(this.#text)?.index ?? this.#text.length }
  }

  #lineAt(place: number): TextLine {
    if (place >= this.#line.start && place < this.#line.end) return this.#line
    const text = this.#text
    if (this.#whole !== undefined) {
      return (this.#line = { start: 0, end: text.length, tree: this.#whole, quotes: [] })
    }
    const start = place === 0 ? 0 : text.lastIndexOf('\n', place - 1) + 1
    const next = text.indexOf('\n', place)
    const end = next === -1 ? text.length : next
    const line = text.slice(start, end)
    const tree = jsonTree(line)
    const quotes = tree === undefined ? quotesIn(line, start) : []
    return (this.#line = { start, end, tree, quotes })
  }
}

const WORD_END = /[\s"]/g

/** Where the quotes of a line are that are not escaped. */
function quotesIn(line: string, offset: number): readonly number[] {
  const quotes: number[] = []
  for (let at = 0; at < line.length; at += 1) {
    if (line[at] === '\\') at += 1
    else if (line[at] === '"') quotes.push(offset + at)
  }
  return quotes
}

function valueAt({ start, end, kind, size }: JsonTree, offset: number, place: number) {
  const value = lastUpTo(start.subarray(0, size), place - offset)
  if (kind[value] === KIND.array || kind[value] === KIND.object) return undefined
  const isQuoted = kind[value] === KIND.string
  const quote = isQuoted ? 1 : 0
  return {
    start: offset + (start[value] ?? 0) + quote,
    end: offset + (end[value] ?? 0) - quote,
    isQuoted,
  }
}

function* stringsOf(tree: JsonTree, offset: number, least: number) {
  for (let value = 0; value < tree.size; value += 1) {
    const start = (tree.start[value] ?? 0) + 1
    const end = (tree.end[value] ?? 0) - 1
    if (tree.kind[value] === KIND.string && end - start >= least)
      yield { start: offset + start, end: offset + end }
  }
}

function* wordsOf(line: string, offset: number, least: number) {
  for (const { 0: word, index } of line.matchAll(/[^\s"]+/g)) {
    if (word.length >= least) yield { start: offset + index, end: offset + index + word.length }
  }
}
