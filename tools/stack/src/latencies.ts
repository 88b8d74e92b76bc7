/** How long requests took. */
export interface LatencyReport {
  readonly p50Ms: number
  readonly p95Ms: number
  /** The slowest. */
  readonly mostMs: number
  /** The 95th percentile of each of up to forty equal parts of the run; nothing for a part in which no request ended. */
  readonly timelineMs: readonly (number | undefined)[]
}

interface Answered {
  readonly at: number
  readonly tookMs: number
}

const PARTS = 40

/** Remembers how long each request took, and when it ended. */
export class Latencies {
  readonly #answered: Answered[] = []

  /** @param at when it ended, in milliseconds by any clock that is the same for all */
  add(at: number, tookMs: number): void {
    this.#answered.push({ at, tookMs })
  }

  report(): LatencyReport {
    const all = this.#answered
    const [first = 0, last = 0] = [all[0]?.at, all.at(-1)?.at]
    const partMs = Math.max(1, (last - first) / PARTS)
    const parts = Array.from({ length: PARTS }, (): number[] => [])
    for (const { at, tookMs } of all) {
      parts[Math.min(PARTS - 1, Math.max(0, Math.floor((at - first) / partMs)))]?.push(tookMs)
    }
    const took = all.map(({ tookMs }) => tookMs)
    return {
      p50Ms: percentile(took, 0.5) ?? 0,
      p95Ms: percentile(took, 0.95) ?? 0,
      mostMs: percentile(took, 1) ?? 0,
      timelineMs: parts.map((part) => percentile(part, 0.95)),
    }
  }
}

/** By the nearest rank. */
function percentile(values: readonly number[], share: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b)
  const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]
  return value === undefined ? undefined : Math.round(value)
}

const MARKS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']

/** Draws a timeline in one line; the highest mark is the greatest value. */
export function drawTimeline(values: readonly (number | undefined)[]): string {
  const most = Math.max(1, ...values.filter((value) => value !== undefined))
  const markOf = (value: number | undefined) =>
    value === undefined ? ' ' : (MARKS[Math.floor((value / most) * (MARKS.length - 1))] ?? ' ')
  return values.map(markOf).join('')
}
