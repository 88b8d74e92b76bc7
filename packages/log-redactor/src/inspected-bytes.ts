/** How util.inspect begins to print bytes: in columns, whose spaces and line ends no fixed text can foresee. */
export const INSPECTED_BYTES = 'Uint8Array('

const OPENING = /\d{1,10}\)(?:\s|\\+n)*\[(?:\s|\\+n)*/y

const NUMBERS = /\d{1,3}(?:(?:,|\s|\\+n)+\d{1,3})+/y

/** A run of printed bytes. */
export interface InspectedBytes {
  readonly start: number
  readonly end: number
  /** The bytes, with commas between. */
  readonly list: string
}

/** The bytes that are printed at `at`, where {@link INSPECTED_BYTES} ended. */
export function readInspectedBytes(line: string, at: number): InspectedBytes | undefined {
  OPENING.lastIndex = at
  if (!OPENING.test(line)) return undefined
  const start = OPENING.lastIndex
  NUMBERS.lastIndex = start
  const printed = NUMBERS.exec(line)?.[0]
  if (printed === undefined) return undefined
  return { start, end: start + printed.length, list: printed.match(/\d+/g)?.join(',') ?? '' }
}
