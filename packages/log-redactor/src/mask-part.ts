import { jsonTree } from './json-tree.ts'
import { maskLine, type Region } from './mask-line.ts'

/** The part of each region that lies from `start` up to `end`, with places counted from `start`. */
export function regionsWithin<R extends Region>(
  regions: readonly R[],
  start: number,
  end: number,
): R[] {
  return regions
    .map((region) => ({
      ...region,
      start: Math.max(region.start, start) - start,
      end: Math.min(region.end, end) - start,
    }))
    .filter((region) => region.end > region.start)
}

/** `text` with each region replaced by its tag; JSON stays JSON, be it the whole text or a line of it. */
export function maskLines(text: string, regions: readonly Region[]): string {
  const inner = text.indexOf('\n')
  if (inner < 0 || inner === text.length - 1 || jsonTree(text)) return maskLine(text, regions)
  let masked = ''
  let at = 0
  for (let first = 0; first < regions.length;) {
    const start = at + text.slice(at, regions[first]?.start).lastIndexOf('\n') + 1
    let last = first
    let end = lineEnd(text, regions[last])
    for (; (regions[last + 1]?.start ?? Infinity) < end; last += 1) {
      end = lineEnd(text, regions[last + 1])
    }
    const lines = text.slice(start, end)
    masked += text.slice(at, start)
    masked += maskLine(lines, regionsWithin(regions.slice(first, last + 1), start, end))
    at = end
    first = last + 1
  }
  return masked + text.slice(at)
}

/** Where the line ends in which a region does. */
function lineEnd(text: string, region: Region | undefined): number {
  const end = text.indexOf('\n', (region?.end ?? 0) - 1)
  return end < 0 ? text.length : end + 1
}
