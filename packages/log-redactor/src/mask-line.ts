import { type JsonNode, jsonTree } from './json-tree.ts'

/** A stretch of a line, from `start` up to `end`, to be replaced by `tag`. */
export interface Region {
  readonly start: number
  readonly end: number
  readonly tag: string
}

/** `line` with each region replaced by its tag; a JSON line stays JSON. Regions must not overlap, and be in order. */
export function maskLine(line: string, regions: readonly Region[]): string {
  const tree = jsonTree(line)
  const edits = tree === undefined ? regions : regions.map((region) => editOf(line, tree, region))
  let masked = ''
  let at = 0
  for (const { start, end, tag } of mergeRegions(edits)) {
    masked += line.slice(at, start) + tag
    at = end
  }
  return masked + line.slice(at)
}

/** Puts regions in order and makes one of those that overlap: the longest, stretched over the others. */
export function mergeRegions<R extends Region>(regions: readonly R[]): R[] {
  const merged: R[] = []
  let longest = 0
  for (const region of [...regions].sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1)
    const length = region.end - region.start
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

/** What to replace so that the line stays JSON: part of a string, or whole values where the region lies across them. */
function editOf(line: string, tree: JsonNode, region: Region): Region {
  let node = tree
  for (;;) {
    const inner = node.children.find((child) => contains(child, region))
    if (inner === undefined) break
    node = inner
  }
  if (node.kind === 'string') return editInString(line, node, region)
  if (node.kind === 'scalar')
    return { ...region, start: node.start, end: node.end, tag: `"${region.tag}"` }
  return editChildren(node, region)
}

function contains(node: JsonNode, { start, end }: Region): boolean {
  return node.start <= start && end <= node.end
}

/** Keeps the quotes, and takes in the whole of an escape sequence that the region cuts. */
function editInString(line: string, node: JsonNode, { start, end, tag }: Region): Region {
  let from = node.start + 1
  while (from < start) {
    const next = from + unitLength(line, from)
    if (next > start) break
    from = next
  }
  let to = from
  while (to < Math.min(end, node.end - 1)) to += unitLength(line, to)
  return { start: from, end: to, tag }
}

/** The length of the character, or escape sequence (RFC 8259 section 7), at `at`. */
function unitLength(line: string, at: number): number {
  if (line[at] !== '\\') return 1
  return line[at + 1] === 'u' ? 6 : 2
}

/** Replaces every element, or every member, that the region touches. */
function editChildren(node: JsonNode, { start, end, tag }: Region): Region {
  const { children } = node
  let first = children.findIndex((child) => child.end > start)
  let last = children.findLastIndex((child) => child.start < end)
  if (first < 0 || last < first) return { start: node.start, end: node.end, tag: `"${tag}"` }
  if (node.kind === 'object') {
    first -= first % 2
    last += 1 - (last % 2)
  }
  return {
    start: children[first]?.start ?? node.start,
    end: children[last]?.end ?? node.end,
    tag: node.kind === 'object' ? `"secret":"${tag}"` : `"${tag}"`,
  }
}
