import type { Owner } from './find-secrets.ts'
import { BYTE_ENCODINGS, type Encoding, jsonEscape, TEXT_ENCODINGS } from './encodings.ts'
import { MIN_PATTERN, type PatternIndex } from './pattern-index.ts'

/** One text to look for. */
interface EncodedText {
  readonly encoding: string
  readonly text: string
  /** How many of the first characters are enough to be a leak. Less than all where writers cut values short. */
  readonly enough: number
}

/**
 * Node.js cuts values in its own error messages ("Received 'abc…'"); this much of the start is as good as the whole. More
 * where the start is of low entropy, such as `postgres://`.
 */
const CUTS = [12, 16, 20, 24]

/** JSON in JSON in JSON, up to this many strings deep. */
const NESTING = 4

/** Every text by which `secret` could show itself in a line, each once. */
function encodingsOf(secret: string): EncodedText[] {
  const found = new Map<string, EncodedText>()
  addEncodings(secret, TEXT_ENCODINGS, found)
  for (const text of new Set([secret, jsonEscape(secret)]))
    addEncodings(text, BYTE_ENCODINGS, found)
  return [...found.values()]
}

function addEncodings(
  secret: string,
  encodings: readonly Encoding[],
  found: Map<string, EncodedText>,
) {
  const starts = CUTS.filter((cut) => cut < secret.length).map((cut) => secret.slice(0, cut))
  const start = starts.find((text) => !isLowEntropy(text)) ?? secret
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
function withLines(secret: string): string[] {
  const lines = secret.split(/\r?\n/)
  return lines.length === 1 ? [secret] : [secret, ...lines.filter((line) => !ARMOR.test(line))]
}

/** Removes the encodings of one text from the index. */
export type Forget = () => void

/**
 * Adds the encodings of `text` to the index.
 *
 * @returns `undefined` if the text is too short or of too low entropy to be masked wherever it appears
 */
export function indexText(
  index: PatternIndex<Owner>,
  text: string,
  owner: Pick<Owner, 'name' | 'version'>,
  minLength: number,
): Forget | undefined {
  if (!isMaskable(text, minLength)) return undefined
  const parts = withLines(text).filter((part) => isMaskable(part, minLength))
  const found = parts.flatMap(encodingsOf).filter(({ text }) => text.length >= MIN_PATTERN)
  const removals = found.map(({ encoding, text, enough }) =>
    index.add({ text, enough, owner: { ...owner, kind: 'secret', encoding } }),
  )
  return () => {
    for (const remove of removals) remove()
  }
}

/** Words that people write are this long on average; random text breaks into shorter runs of letters. */
const WORD_LENGTH = 3

/** From here on even plain words are taken for a passphrase rather than for something that a log line may contain. */
const PASSPHRASE_LENGTH = 16

const FEWEST_DISTINCT = 4

const WORD = /[A-Z]?[a-z]+|[A-Z]+/g

/** Runs that hardly occur in English words, and do in most random letters: five consonants in a row, `q` or `j` beside one. */
const UNPRONOUNCEABLE =
  /[bcdfghjklmnpqrstvwxz]{5}|[qjvx][bcdfghjklmnqrsvwxz]|[bcdfghjklmpqrstvwxz][jqx]/i

/**
 * Whether `text` looks like something that people write: words, names, plain numbers. Most random text does not, however
 * short (measured: 99 % of 12 characters of base64, 95 % of hexadecimal).
 */
function isLowEntropy(text: string): boolean {
  if (new Set(text).size < FEWEST_DISTINCT) return true
  const words = text.match(WORD) ?? []
  if (words.length === 0) return true
  return words.join('').length / words.length >= WORD_LENGTH && !UNPRONOUNCEABLE.test(text)
}

/**
 * Whether `text` may be masked wherever it appears. Masking "postgres" or "changeme" would blank innocent lines, and reveal
 * the secret by what is missing (actions/runner#326).
 */
function isMaskable(text: string, minLength: number): boolean {
  if (text.length < minLength || new Set(text).size < FEWEST_DISTINCT) return false
  return text.length >= PASSPHRASE_LENGTH || !isLowEntropy(text)
}
