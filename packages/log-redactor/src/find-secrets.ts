import { INSPECTED_BYTES, readInspectedBytes } from './inspected-bytes.ts'
import { mergeRegions, type Region } from './mask-line.ts'
import type { Match, PatternIndex } from './pattern-index.ts'

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

/** The stretches of `line` that show secrets, in order, none overlapping; `undefined` if there are none. */
export function findSecrets(index: PatternIndex<Owner>, line: string): FoundSecret[] | undefined {
  const matches = index.scan(line)
  if (matches === undefined) return undefined
  const found = matches.flatMap((match) => widen[match.owner.kind](match, line, index))
  return found.length === 0 ? undefined : mergeRegions(found)
}

/** What a match means for the line, by the kind of its pattern. */
const widen: Record<
  Owner['kind'],
  (match: Match<Owner>, line: string, index: PatternIndex<Owner>) => FoundSecret[]
> = {
  secret: (match) => [{ ...match, tag: tagOf(match.owner) }],
  marker: (match, line) => {
    const end = tokenEnd(line, match.end)
    return end === match.end ? [] : [{ ...match, end, tag: tagOf(match.owner) }]
  },
  bytes: ({ end }, line, index) => {
    const bytes = readInspectedBytes(line, end)
    const match = bytes && index.scan(bytes.list)?.[0]
    return match ? [{ ...bytes, owner: match.owner, tag: tagOf(match.owner) }] : []
  },
}

const TOKEN = /[\w-]*/y

function tokenEnd(line: string, start: number): number {
  TOKEN.lastIndex = start
  return start + (TOKEN.exec(line)?.[0].length ?? 0)
}

/** `[secret NAME@VERSION]`, of characters that mean nothing to JSON or a terminal. */
function tagOf({ name, version }: Owner): string {
  const label = version === undefined ? name : `${name}@${version}`
  return `[secret ${label.replace(/[^\w .:/@+-]/g, '_')}]`
}
