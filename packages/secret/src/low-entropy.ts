/** Words that people write are this long on average, and longer over more of them; random text breaks into shorter runs of letters. */
const WORD_LENGTH = 3
const LONG_TEXT = 20
const WORD_LENGTH_OF_LONG = 4

/** From here on even plain words are taken for a passphrase rather than for something that a log line may contain. */
const PASSPHRASE_LENGTH = 16

const FEWEST_DISTINCT = 4

/** Bytes as characters. */
const BINARY = /[\0-\x08\x0e-\x1f\x7f-\x9f]/

/** Accented letters: the minority in words, possibly all of random bytes. */
const ACCENTED = /[\xa0-\xff]/g

const WORD = /[A-Z]?[a-z]+|[A-Z]+/g

/** Runs that hardly occur in English words, and do in most random letters: five consonants in a row, `q` or `j` beside one. */
const UNPRONOUNCEABLE =
  /[bcdfghjklmnpqrstvwxz]{5}|[qjvx][bcdfghjklmnqrsvwxz]|[bcdfghjklmpqrstvwxz][jqx]/i

/** Letters and digits that change places four times without a sign between, as in most hexadecimal and in no word, name or number. */
const INTERLEAVED = /\d[a-z]+\d+[a-z]+\d|[a-z]\d+[a-z]+\d+[a-z]/i

/** Letters and numerals without a sign between. */
const UNBROKEN = /[\da-z]{20,}/gi

/** A word has no numerals, and a number in a name is shorter. */
const NUMERALS_OF_UNBROKEN = 4

/**
 * Whether `text` looks like something that people write: words, names, plain numbers. Most random text does not, however
 * short (measured: 99 % of 12 characters of base64, 96 % of hexadecimal).
 */
export function isLowEntropy(text: string): boolean {
  if (!isVaried(text)) return true
  if (BINARY.test(text) || INTERLEAVED.test(text)) return false
  if (text.match(UNBROKEN)?.some(isMixed)) return false
  const words = text.match(WORD) ?? []
  const letters = words.join('').length
  if ((text.match(ACCENTED)?.length ?? 0) > letters) return false
  if (words.length === 0) return true
  const least = text.length < LONG_TEXT ? WORD_LENGTH : WORD_LENGTH_OF_LONG
  return letters / words.length >= least && !UNPRONOUNCEABLE.test(text)
}

function isMixed(run: string): boolean {
  const letters = run.replace(/\d/g, '').length
  return letters > 0 && run.length - letters >= NUMERALS_OF_UNBROKEN
}

/** Whether `text` has {@link FEWEST_DISTINCT} different characters. */
function isVaried(text: string): boolean {
  let distinct = ''
  for (let at = 0; at < text.length && distinct.length < FEWEST_DISTINCT; at += 1) {
    const character = text.charAt(at)
    if (!distinct.includes(character)) distinct += character
  }
  return distinct.length >= FEWEST_DISTINCT
}

/**
 * Whether `text` may be masked wherever it appears. Masking "postgres" or "changeme" would blank innocent lines, and reveal
 * the secret by what is missing (actions/runner#326).
 *
 * @param minLength in characters: shorter texts are not
 */
export function isMaskable(text: string, minLength: number): boolean {
  if (text.length < minLength || !isVaried(text)) return false
  return text.length >= PASSPHRASE_LENGTH || !isLowEntropy(text)
}

/**
 * Whether a redactor masks `text` wherever it appears. Shorter texts than 8 characters and those that people
 * write, such as `postgres1`, are masked in few places alone.
 */
export function canMask(text: string): boolean {
  return isMaskable(text, 8)
}
