import { mergeRegions, type Region } from './mask-line.ts'
import type { Match, PatternIndex } from './pattern-index.ts'

/** How util.inspect begins to print bytes: in columns, whose spaces and line ends no fixed text can foresee. */
const INSPECTED_BYTES = 'Uint8Array('

const OPENING = /\d{1,10}\)(?:\s|\\+n)*\[(?:\s|\\+n)*/y

const NUMBERS = /\d{1,3}(?:(?:,|\s|\\+n)+\d{1,3})+/y

/** A run of printed bytes. */
interface InspectedBytes {
  readonly start: number
  readonly end: number
  /** The bytes, with commas between. */
  readonly list: string
}

/** The bytes that are printed at `at`, where {@link INSPECTED_BYTES} ended. */
function readInspectedBytes(line: string, at: number): InspectedBytes | undefined {
  OPENING.lastIndex = at
  if (!OPENING.test(line)) return undefined
  const start = OPENING.lastIndex
  NUMBERS.lastIndex = start
  const printed = NUMBERS.exec(line)?.[0]
  if (printed === undefined) return undefined
  return { start, end: start + printed.length, list: printed.match(/\d+/g)?.join(',') ?? '' }
}

/** Whose text a pattern is, and how it is spelled. */
export interface Owner {
  readonly kind: 'secret' | 'marker' | 'bytes'
  readonly name: string
  readonly version?: string
  /** `text`, `base64`, `hex`, … */
  readonly encoding: string
}

/** A stretch of a line that shows a secret. */
export interface FoundSecret extends Region {
  readonly owner: Owner
}

/** The pattern that leads to bytes printed in columns. */
export const BYTES_PATTERN = {
  text: INSPECTED_BYTES,
  enough: INSPECTED_BYTES.length,
  owner: { kind: 'bytes', name: 'bytes', encoding: 'bytes' },
} as const

/** How many secrets of one line are masked; the search ends at the next one. */
export const MAX_HITS = 1_000

/** The secrets found in a line. */
interface FoundSecrets {
  /** In order, none overlapping. */
  readonly secrets: readonly FoundSecret[]
  /** Whether the search ended early, because there are more than {@link MAX_HITS}. */
  readonly tooMany: boolean
}

/** The stretches of `line` that show secrets; `undefined` if there are none. */
export function findSecrets(index: PatternIndex<Owner>, line: string): FoundSecrets | undefined {
  const finder = new Finder(line)
  index.scan(line, finder)
  return finder.finish(index)
}

/** Takes matches, which come nearly in order, and reads for each how far its secret reaches. */
class Finder {
  readonly #line: string
  #found: FoundSecret[] | undefined
  /** Where bytes are printed, in columns: they are searched when the line has been. */
  #printed: number[] | undefined
  /** The run of token characters that reaches furthest, because one run may hold many markers. */
  #runStart = 0
  #runEnd = 0

  constructor(line: string) {
    this.#line = line
  }

  take(match: Match<Owner>): boolean {
    switch (match.owner.kind) {
      case 'secret':
        this.#takeSecret(match)
        break
      case 'marker':
        this.#takeMarker(match)
        break
      case 'bytes':
        this.#printed ??= []
        this.#printed.push(match.end)
    }
    return !this.#tooMany
  }

  finish(index: PatternIndex<Owner>): FoundSecrets | undefined {
    for (const at of this.#printed ?? []) {
      if (this.#tooMany) break
      this.#readBytes(at, index)
    }
    return this.#found && { secrets: mergeRegions(this.#found), tooMany: this.#tooMany }
  }

  get #tooMany(): boolean {
    return this.#found !== undefined && this.#found.length > MAX_HITS
  }

  /** Of secrets that begin alike, which all match here, the longest counts. */
  #takeSecret(match: Match<Owner>): void {
    const last = this.#found?.at(-1)
    if (last?.start !== match.start || last.owner.kind !== 'secret') this.#add(match, match.owner)
    else if (match.end > last.end) {
      this.#found?.pop()
      this.#add(match, match.owner)
    }
  }

  #takeMarker(match: Match<Owner>): void {
    const end = this.#tokenEnd(match.end)
    if (end > match.end) this.#add({ start: match.start, end }, match.owner)
  }

  #readBytes(at: number, index: PatternIndex<Owner>): void {
    const bytes = readInspectedBytes(this.#line, at)
    if (bytes === undefined) return
    let owner: Owner | undefined
    index.scan(bytes.list, {
      take(match) {
        owner = match.owner
        return false
      },
    })
    if (owner !== undefined) this.#add(bytes, owner)
  }

  #add({ start, end }: { start: number; end: number }, owner: Owner): void {
    this.#found ??= []
    this.#found.push({ start, end, owner, tag: tagOf(owner) })
  }

  #tokenEnd(at: number): number {
    if (this.#runStart <= at && at <= this.#runEnd) return this.#runEnd
    TOKEN.lastIndex = at
    const end = at + (TOKEN.exec(this.#line)?.[0].length ?? 0)
    if (end > this.#runEnd) [this.#runStart, this.#runEnd] = [at, end]
    return end
  }
}

const TOKEN = /[\w-]*/y

/** `[secret NAME@VERSION]`, of characters that mean nothing to JSON or a terminal. */
function tagOf({ name, version }: Owner): string {
  const label = version === undefined ? name : `${name}@${version}`
  return `[secret ${label.replace(/[^\w .:/@+-]/g, '_')}]`
}
