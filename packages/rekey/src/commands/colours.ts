/** The words that carry the verdict of a line, each with the SGR code (ECMA-48 §8.3.117) of its colour: green, red, yellow. */
const MARKS: readonly (readonly [mark: RegExp, code: number])[] = [
  [/^ok\b/, 32],
  [/^(?:PROBLEM|problem)\b/, 31],
  [/^warning\b|\boverdue\b/, 33],
]

/**
 * Whether a stream gets colours: on a terminal, unless `NO_COLOR` is set; with `FORCE_COLOR` elsewhere too
 * (https://no-color.org, https://force-color.org).
 */
export function hasColours(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  const { NO_COLOR: no = '', FORCE_COLOR: force = '' } = env
  if (no !== '' || force === '0' || force === 'false') return false
  return force !== '' || stream.isTTY === true
}

/** Colours the mark of each line. */
export function colour(text: string): string {
  return text.split('\n').map(colourLine).join('\n')
}

/** Colours a failure as a whole. */
export function colourFailure(text: string): string {
  return `\u001b[31m${text}\u001b[39m`
}

function colourLine(line: string): string {
  const [mark, code] = MARKS.find(([one]) => one.test(line)) ?? []
  return mark === undefined
    ? line
    : line.replace(mark, (word) => `\u001b[${code}m${word}\u001b[39m`)
}
