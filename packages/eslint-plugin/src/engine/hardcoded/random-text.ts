/**
 * The letter pairs that make up three quarters of English and technical words: the 120 most frequent in 1,500 Markdown files
 * of npm packages, each different word counted by the logarithm of its frequency. Of random pairs they are a sixth.
 */
const COMMON_PAIRS: ReadonlySet<string> = new Set(
  (
    'in er re on es te ti ed at en ng co st de nt or le se ar al an li io ra ri it ec ns ro me ve ta ac tr ce ne ma pr nd si ' +
    'ca is as ct lo ic ch pe ea di la el rs et to om un he pa ll nc ts na fi th il mi ss ge po ly ur ex ou em ol mp rt ha ni ' +
    'ad im ie pl su ut id ab us os am bl ck ap ep so ig op no sh od ke ia sc ul ai be sp ot da ow ba hi ho fo mo if iv ee ef'
  ).split(' '),
)

/** Words of this trade that are made of rare pairs. */
const RARE_WORDS: ReadonlySet<string> = new Set(
  'password passwd pwd key keys api auth jwt dev prod'.split(' '),
)

/** Shorter texts are not decided. */
const MIN_LENGTH = 8
/** Less variety than this, and the text repeats itself: `xxxxxxxx`, `abababab`. Random hexadecimal digits reach 0.85. */
const MIN_VARIETY = 0.7
/** A run of letters is a word if so many of its pairs are common. */
const WORD_PAIRS = 0.6
/** A text is made of words if so many of its characters are; random text has few digits between its letters, or none. */
const WORDY = { withDigits: 0.5, withoutDigits: 0.25 }
/** A text counts up or down if so many steps from one character to the next are of one: `0123456789abcdef`. */
const MAX_STEPS = 0.5

/** Kinds of characters that a text may draw from, and how many there are of each; hexadecimal digits are by themselves. */
const ALPHABETS: readonly (readonly [pattern: RegExp, size: number])[] = [
  [/\d/, 10],
  [/[a-f]/, 6],
  [/[g-z]/, 20],
  [/[A-F]/, 6],
  [/[G-Z]/, 20],
]

/** Whether `text` looks as if a machine drew it: much variety for its length, no words, no counting. */
export function isRandomLooking(text: string): boolean {
  return text.length >= MIN_LENGTH && isVaried(text) && !isWordy(text)
}

/** Whether the characters of `text` neither repeat each other much nor count up or down. */
export function isVaried(text: string): boolean {
  return variety(text) >= MIN_VARIETY && shareOfSteps(text) < MAX_STEPS
}

/**
 * Shannon's entropy of the characters of `text`, as a share of the most that it could be: per character that is the
 * logarithm of the length or of the alphabet, whichever is smaller, so that short and hexadecimal texts can reach 1 too.
 */
function variety(text: string): number {
  const counts = new Map<string, number>()
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1)
  const shares = [...counts.values()].map((count) => count / text.length)
  const entropy = shares.reduce((sum, share) => sum - share * Math.log2(share), 0)
  const drawn = ALPHABETS.filter(([pattern]) => pattern.test(text)).map(([, size]) => size)
  const signs = [...counts.keys()].filter((character) => !/[A-Za-z\d]/.test(character))
  const alphabet = drawn.reduce((sum, size) => sum + size, signs.length)
  return entropy / Math.log2(Math.max(2, Math.min(text.length, alphabet)))
}

/** Whether `text` is made of words, as identifiers, paths and sentences are. */
export function isWordy(text: string): boolean {
  const words = (text.match(/[A-Z]?[a-z]+|[A-Z]+/g) ?? []).filter(isWord)
  const share = words.join('').length / text.length
  return share >= (/\d.*\d/.test(text) ? WORDY.withDigits : WORDY.withoutDigits)
}

function isWord(letters: string): boolean {
  const word = letters.toLowerCase()
  if (RARE_WORDS.has(word)) return true
  const pairs = pairsOf(word)
  const common = pairs.filter((pair) => COMMON_PAIRS.has(pair))
  return pairs.length >= 2 && common.length / pairs.length >= WORD_PAIRS
}

function shareOfSteps(text: string): number {
  const pairs = pairsOf(text)
  const steps = pairs.filter((pair) => Math.abs(pair.charCodeAt(0) - pair.charCodeAt(1)) === 1)
  return steps.length / pairs.length
}

function pairsOf(text: string): string[] {
  return Array.from({ length: Math.max(0, text.length - 1) }, (_, index) =>
    text.slice(index, index + 2),
  )
}
