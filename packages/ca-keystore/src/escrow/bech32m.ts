const ALPHABET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3]
/** The constant of bech32m; that of bech32 is 1. */
const CHECKSUM = 0x2bc830a3
const CHECKSUM_WORDS = 6
/** The checksum finds up to four wrong characters in a text of this length. */
const MAX_CHARS = 90

/** Writes bytes as bech32m: a prefix, `1`, and characters of 5 bits with a checksum (BIP 350). */
export function encodeBech32m(prefix: string, bytes: Uint8Array): string {
  const words = regroup(bytes, 8, 5)
  const zeros = new Array<number>(CHECKSUM_WORDS).fill(0)
  const sum = polymod([...expand(prefix), ...words, ...zeros]) ^ CHECKSUM
  const checksum = zeros.map((_, at) => (sum >>> (5 * (CHECKSUM_WORDS - 1 - at))) & 31)
  return `${prefix}1${[...words, ...checksum].map((word) => ALPHABET.charAt(word)).join('')}`
}

/** The bytes of a bech32m text with this prefix in small letters, or `undefined` if it is none. */
export function decodeBech32m(prefix: string, text: string): Uint8Array | undefined {
  if (text.length > MAX_CHARS || !text.startsWith(`${prefix}1`)) return undefined
  const words = Array.from(text.slice(prefix.length + 1), (char) => ALPHABET.indexOf(char))
  if (words.includes(-1) || words.length < CHECKSUM_WORDS) return undefined
  if (polymod([...expand(prefix), ...words]) !== CHECKSUM) return undefined
  const data = words.slice(0, -CHECKSUM_WORDS)
  const unused = (data.length * 5) % 8
  const last = data.at(-1) ?? 0
  // What is left of the last character is less than a character, and zero: a text has one spelling.
  if (unused >= 5 || (last & ((1 << unused) - 1)) !== 0) return undefined
  return Uint8Array.from(regroup(data, 5, 8).slice(0, Math.floor((data.length * 5) / 8)))
}

/** Cuts the bits of groups of `from` bits into groups of `to` bits; zeros fill the last. */
function regroup(groups: Iterable<number>, from: number, to: number): number[] {
  const regrouped: number[] = []
  let held = 0
  let bits = 0
  for (const group of groups) {
    held = ((held << from) | group) & 0xfff
    bits += from
    for (; bits >= to; bits -= to) regrouped.push((held >>> (bits - to)) & ((1 << to) - 1))
  }
  if (bits > 0) regrouped.push((held << (to - bits)) & ((1 << to) - 1))
  return regrouped
}

function expand(prefix: string): number[] {
  const codes = Array.from(prefix, (char) => char.charCodeAt(0))
  return [...codes.map((code) => code >>> 5), 0, ...codes.map((code) => code & 31)]
}

/** The remainder of the BCH code of BIP 173. */
function polymod(words: readonly number[]): number {
  return words.reduce((sum, word) => {
    const next = ((sum & 0x1ffffff) << 5) ^ word
    return GENERATOR.reduce((all, term, at) => ((sum >>> (25 + at)) & 1 ? all ^ term : all), next)
  }, 1)
}
