import type { Node } from '../syntax/nodes.ts'

/** A number in the code that decides a size. */
interface Count {
  readonly node: Node
  /** The bytes that it adds for each one that it counts. */
  readonly bytesEach: number
}

/** How much secret a value holds. */
export interface KeySize {
  /** Bytes of key material: 64 hexadecimal characters hold 32. */
  readonly bytes: number
  /** Bytes of key material in one character or element of the value. */
  readonly bytesPerUnit: number
  /** Whether it comes from a random source, or from another secret, and so is meant to be unguessable. */
  readonly isRandom: boolean
  readonly count?: Count
}

/** Bytes in one character. Base64 keeps 6 bits in each, hexadecimal 4; other text counts whole, for want of knowing. */
const BYTES_PER_CHARACTER: ReadonlyMap<string, number> = new Map([
  ['hex', 1 / 2],
  ['base64', 3 / 4],
  ['base64url', 3 / 4],
])

/** Text that is taken for hexadecimal where no encoding is given. */
const HEX = /^(?:[\da-f]{2}){4,}$/i

/** The key material in a text that stands in the code. */
export function sizeOfText(
  text: string | undefined,
  encoding: string | undefined,
): KeySize | undefined {
  if (text === undefined) return undefined
  const bytesPerUnit = bytesPerCharacter(encoding ?? (HEX.test(text) ? 'hex' : 'utf8'))
  return { bytes: text.length * bytesPerUnit, bytesPerUnit, isRandom: false }
}

/** Bytes of key material in one character of a text in that encoding. */
export function bytesPerCharacter(encoding: string): number {
  return BYTES_PER_CHARACTER.get(encoding) ?? 1
}

/** The key material in so many bytes, or in `bytesEach` times what `node` counts. */
export function sizeOfBytes(
  count: number | undefined,
  node?: Node,
  bytesEach = 1,
): KeySize | undefined {
  if (count === undefined) return undefined
  const size = { bytes: count * bytesEach, bytesPerUnit: 1, isRandom: false }
  return node === undefined ? size : { ...size, count: { node, bytesEach } }
}

/** The same size, meant to be unguessable. */
export function randomized(size: KeySize | undefined): KeySize | undefined {
  return size === undefined ? undefined : { ...size, isRandom: true }
}
