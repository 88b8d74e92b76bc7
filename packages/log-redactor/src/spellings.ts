import { BYTE_ENCODINGS } from './byte-encodings.ts'
import { isOrdinary } from './ordinary-text.ts'
import { type Encoding, jsonEscape, TEXT_ENCODINGS } from './text-encodings.ts'

/** One text to look for. */
export interface Spelling {
  readonly encoding: string
  readonly text: string
  /** How many of the first characters are enough to be a leak. Less than all where writers cut values short. */
  readonly enough: number
}

/**
 * Node.js cuts values in its own error messages ("Received 'abc…'"); this much of the start is as good as the whole. More
 * where the start is ordinary text, such as `postgres://`.
 */
const CUTS = [12, 16, 20, 24]

/** JSON in JSON in JSON, up to this many strings deep. */
const NESTING = 4

/** Every text by which `secret` could show itself in a line, each once. */
export function spellings(secret: string): Spelling[] {
  const found = new Map<string, Spelling>()
  spell(secret, TEXT_ENCODINGS, found)
  for (const text of new Set([secret, jsonEscape(secret)])) spell(text, BYTE_ENCODINGS, found)
  return [...found.values()]
}

function spell(secret: string, encodings: readonly Encoding[], found: Map<string, Spelling>) {
  const starts = CUTS.filter((cut) => cut < secret.length).map((cut) => secret.slice(0, cut))
  const start = starts.find((text) => !isOrdinary(text)) ?? secret
  for (const [encoding, encode] of encodings) {
    let text = encode(secret)
    let prefix = encode(start)
    for (let depth = 0; depth <= NESTING && !found.has(text); depth += 1) {
      const enough = text.startsWith(prefix) ? prefix.length : text.length
      found.set(text, { encoding, text, enough })
      text = jsonEscape(text)
      prefix = jsonEscape(prefix)
    }
  }
}

const ARMOR = /^-----(BEGIN|END) /

/**
 * The texts to hide for a value of several lines: all of it, and each line, because printers break at line ends. The
 * armour of a PEM file is not secret.
 */
export function withLines(secret: string): string[] {
  const lines = secret.split(/\r?\n/)
  return lines.length === 1 ? [secret] : [secret, ...lines.filter((line) => !ARMOR.test(line))]
}
