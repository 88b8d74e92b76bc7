import { type JsonTree, jsonTree, KIND, NONE } from './json-tree.ts'

/** A stretch of a line, from `start` up to `end`, to be replaced by `tag`. */
export interface Region {
  readonly start: number
  readonly end: number
  readonly tag: string
  /** Gives way to one that is not, whatever their lengths. */
  readonly isGuess?: boolean
}

/** `line` with each region replaced by its tag; a JSON line stays JSON. Regions must not overlap, and be in order. */
export function maskLine(line: string, regions: readonly Region[]): string {
  const tree = jsonTree(line)
  const edits = tree === undefined ? regions : mergeRegions(new Editor(line, tree).edits(regions))
  const parts: string[] = []
  let at = 0
  for (const { start, end, tag } of edits) {
    parts.push(line.slice(at, start), tag)
    at = end
  }
  parts.push(line.slice(at))
  return parts.join('')
}

/** Puts regions in order and makes one of those that overlap: the longest, stretched over the others. */
export function mergeRegions<R extends Region>(regions: readonly R[]): R[] {
  const merged: R[] = []
  let longest = 0
  const isInOrder = regions.every(({ start }, i) => start >= (regions[i - 1]?.start ?? 0))
  for (const region of isInOrder ? regions : regions.toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1)
    const length = weightOf(region)
    if (last === undefined || region.start >= last.end) {
      merged.push(region)
      longest = length
      continue
    }
    const chosen = length > longest ? region : last
    const end = Math.max(last.end, region.end)
    merged[merged.length - 1] = { ...chosen, start: last.start, end }
    longest = Math.max(longest, length)
  }
  return merged
}

const weightOf = ({ start, end, isGuess }: Region) => (isGuess === true ? 0 : end - start)

/** Walks once over a JSON text and finds what to replace for each region, so that the text stays JSON. */
class Editor {
  readonly #line: string
  readonly #tree: JsonTree
  /** The last value that begins at or before the last region. */
  #value = 0
  /** Where a character of that value begins, if it is a string, at or before the last region. */
  #character = 0

  constructor(line: string, tree: JsonTree) {
    this.#line = line
    this.#tree = tree
  }

  /** Part of a string, or whole values where a region lies across them. They may overlap. */
  edits(regions: readonly Region[]): Region[] {
    return regions.map((region) => {
      this.#advance(region.start)
      if (!this.#contains(this.#value, region)) return this.#editValues(region)
      const kind = this.#tree.kind[this.#value]
      if (kind === KIND.string) return this.#editInString(region)
      if (kind === KIND.array || kind === KIND.object) return this.#editValues(region)
      return this.#whole(this.#value, this.#value, `"${region.tag}"`)
    })
  }

  #advance(at: number): void {
    const { start, size } = this.#tree
    let value = this.#value
    while (value + 1 < size && (start[value + 1] ?? 0) <= at) value += 1
    if (value !== this.#value) this.#character = 0
    this.#value = value
  }

  /** Keeps the quotes, and takes in the whole of an escape sequence that the region cuts. */
  #editInString({ start, end, tag }: Region): Region {
    const last = (this.#tree.end[this.#value] ?? 0) - 1
    let from = Math.max(this.#character, (this.#tree.start[this.#value] ?? 0) + 1)
    while (this.#characterEnd(from) <= start) from = this.#characterEnd(from)
    let to = from
    while (to < Math.min(end, last)) to = this.#characterEnd(to)
    this.#character = from
    return { start: from, end: to, tag }
  }

  /** The end of the character, or escape sequence (RFC 8259 section 7), that begins at `at`. */
  #characterEnd(at: number): number {
    if (this.#line[at] !== '\\') return at + 1
    return at + (this.#line[at + 1] === 'u' ? 6 : 2)
  }

  /** Replaces every element, or every member, that the region touches, of the smallest array or object that holds it. */
  #editValues(region: Region): Region {
    const { size, parent, start, end, kind, isMember } = this.#tree
    const begins = (value: number) => value < size && (start[value] ?? 0) < region.end
    let holder = this.#value
    let first = this.#value + 1
    while (!this.#contains(holder, region) && parent[holder] !== NONE) {
      if ((end[holder] ?? 0) > region.start) first = holder
      holder = parent[holder] ?? NONE
    }
    if (!begins(first)) return this.#whole(holder, holder, `"${region.tag}"`)
    let last = first
    for (let next = this.#value + 1; begins(next); next += 1) {
      if (parent[next] === holder) last = next
    }
    if (kind[holder] !== KIND.object) return this.#whole(first, last, `"${region.tag}"`)
    if (isMember[first] === 1) first -= 1
    if (isMember[last] === 0) last = Math.min(last + 1, size - 1)
    return this.#whole(first, last, `"secret":"${region.tag}"`)
  }

  #contains(value: number, region: Region): boolean {
    return (
      (this.#tree.end[value] ?? 0) >= region.end && (this.#tree.start[value] ?? 0) <= region.start
    )
  }

  #whole(first: number, last: number, tag: string): Region {
    const { start, end } = this.#tree
    return { start: start[first] ?? 0, end: end[last] ?? 0, tag }
  }
}
