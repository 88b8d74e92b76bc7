import { z } from 'zod'

const MINUTE_MS = 60_000
const UNITS_MS = new Map([
  ['s', 1_000],
  ['min', MINUTE_MS],
  ['h', 60 * MINUTE_MS],
  ['d', 24 * 60 * MINUTE_MS],
])
const HOW_TO_WRITE = 'write a whole number up to 9999 and s, min, h or d, as in "30 d"'

/** A duration as it is written in a file: `30 d`. */
export const duration = z.string(HOW_TO_WRITE).regex(/^\d{1,4} ?(s|min|h|d)$/, HOW_TO_WRITE)

/** Converts a duration such as `30 d` to milliseconds. */
export function toMs(text: string): number {
  const [, count, unit = ''] = /^(\d+) ?(\w+)$/.exec(text) ?? []
  return Number(count) * (UNITS_MS.get(unit) ?? NaN)
}

/** A length of time in the greatest unit that divides it: `30 d`, `90 s`, `250 ms`. */
export function fromMs(durationMs: number): string {
  const [unit, unitMs] = [...UNITS_MS].findLast(
    ([, ms]) => durationMs > 0 && durationMs % ms === 0,
  ) ?? ['ms', 1]
  return `${durationMs / unitMs} ${unit}`
}
