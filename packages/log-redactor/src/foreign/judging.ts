import type { LineStrings } from '../line-strings.ts'
import type { Reading } from '../reading.ts'

/** How many values of a string are judged: so many, and one more in each so many characters. Each takes as long as many characters do. */
const LEAST_JUDGED = 16
const JUDGED_EACH = 128

/** Limits how many values of foreign secrets are judged in one line. */
export class Judging {
  readonly #strings: () => LineStrings
  #judged = 0

  /** @param strings of the line, which are read when it has many values */
  constructor(strings: () => LineStrings) {
    this.#strings = strings
  }

  /**
   * Counts one value more, at `place` of `text`, which was perhaps read out of the line. Returns nothing while it may be judged, then where
   * in `text` the string ends that has it.
   */
  endOfUnread(place: number, reading: Reading | undefined): number | undefined {
    this.#judged += 1
    if (this.#judged <= LEAST_JUDGED) return undefined
    const string = this.#strings().at(reading?.startOf(place) ?? place)
    if (string === undefined) return place + 1
    string.judged += 1
    const most = LEAST_JUDGED + Math.floor((string.end - string.start) / JUDGED_EACH)
    if (string.judged <= most) return undefined
    return reading === undefined ? string.end : firstFrom(reading, place + 1, string.end)
  }
}

/** The first character of a reading from `from` on that is spelled at `place` or behind it. */
function firstFrom({ length, startOf }: Reading, from: number, place: number): number {
  let low = from
  let high = length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (startOf(middle) < place) low = middle + 1
    else high = middle
  }
  return low
}
