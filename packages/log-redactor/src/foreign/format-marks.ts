import { SECRET_FORMATS } from '../signs/formats.ts'
import { startAt, StartTable } from './start-table.ts'

/** An alternative, a set or a character of a mark. */
const ATOM = /\(\?:([^)]*)\)|\[([^\]]*)\]\+?|\\?([^])/g
const LETTERS = 'abcdefghijklmnopqrstuvwxyz'

/** A format of secrets, ready to be looked for. */
export interface SoughtFormat {
  readonly name: string
  /** Matches the mark of the format at a place. */
  readonly mark: RegExp
  readonly pattern: RegExp
}

const FORMATS: readonly (SoughtFormat & { readonly starts: readonly string[] })[] =
  SECRET_FORMATS.map(({ what, mark, pattern }) => ({
    name: what.replace(/^an? /, ''),
    starts: startsOf(mark),
    mark: new RegExp(mark, 'y'),
    pattern: new RegExp(pattern, 'g'),
  }))

const STARTS = new StartTable(FORMATS.flatMap(({ starts }) => starts))

const BY_START = new Map<number, SoughtFormat[]>()
for (const format of FORMATS) {
  for (const start of new Set(format.starts.map((text) => startAt(text, 0)))) {
    BY_START.set(start, [...(BY_START.get(start) ?? []), format])
  }
}

/** Whether the mark of a format is in `text` from `from` up to `end`. */
export function hasFormat(text: string, from: number, end: number): boolean {
  return find(text, from, end, 1).size > 0
}

/** The formats whose marks are in `text`. */
export function formatsIn(text: string): ReadonlySet<SoughtFormat> {
  return find(text, 0, text.length, FORMATS.length)
}

function find(text: string, from: number, end: number, most: number): ReadonlySet<SoughtFormat> {
  const found = new Set<SoughtFormat>()
  for (let at = STARTS.next(text, from, end); at < end; at = STARTS.next(text, at + 1, end)) {
    for (const format of BY_START.get(startAt(text, at)) ?? []) {
      if (found.has(format)) continue
      format.mark.lastIndex = at
      if (format.mark.test(text)) found.add(format)
      if (found.size === most) return found
    }
  }
  return found
}

/** The first three characters of all texts that a mark stands for: of letters, alternatives and sets of characters. */
function startsOf(mark: string): string[] {
  return mark.split(/\|(?![^(]*\))/).flatMap((alternative) => {
    let starts = ['']
    for (const [, group, set, character] of alternative.matchAll(ATOM)) {
      const next = group?.split('|') ?? Array.from(set?.replace('a-z', LETTERS) ?? character ?? '')
      starts = starts.flatMap((start) =>
        start.length < 3 ? next.map((each) => start + each) : [start],
      )
    }
    return starts.map((start) => start.slice(0, 3))
  })
}
