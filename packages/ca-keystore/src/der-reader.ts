import { SecretError } from '@rekey/secret'
import { TAG } from './der.ts'

const CONSTRUCTED = 0x20
const CONTEXT = 0x80
/** The rest of a tag byte: 31 announces a number of several bytes, which nothing that we read has. */
const TAG_NUMBER = 0x1f
/** No structure that we read is nested deeper than about 12. */
const MAX_DEPTH = 32
/** Four bytes of length are 4 GiB. */
const MAX_LENGTH_BYTES = 4

/** UTF-8 and its subsets `PrintableString` and `IA5String`. */
const TEXT_TAGS: readonly number[] = [TAG.utf8, 0x13, 0x16]

/** Where the content of a value begins and ends. */
export interface DerExtent {
  readonly contentAt: number
  readonly end: number
}

/** The extent of the value at `at`; undefined unless its tag is of one byte, its length in the shortest form (X.690 §10.1), and all of it there. */
export function extentAt(bytes: Buffer, at: number): DerExtent | undefined {
  if (((bytes[at] ?? TAG_NUMBER) & TAG_NUMBER) === TAG_NUMBER) return undefined
  let contentAt = at + 2
  let length = bytes[at + 1] ?? 0x80
  if (length >= 0x80) {
    const count = length & 0x7f
    contentAt += count
    if (count === 0 || count > MAX_LENGTH_BYTES || contentAt > bytes.length) return undefined
    length = bytes.readUIntBE(at + 2, count)
    if (length < 0x80 || bytes[at + 2] === 0) return undefined
  }
  const end = contentAt + length
  return end <= bytes.length ? { contentAt, end } : undefined
}

/**
 * Reads strict DER, in linear time and without copies: the nodes are views of `bytes`. Refused are lengths that are not in the shortest form,
 * indefinite ones, padded integers, trailing bytes (X.690 §10.1, §8.3.2) and more than 32 levels, wherever they are.
 *
 * @param what names the input in the error
 * @throws {SecretError} `malformed`
 */
export function readDer(bytes: Buffer, what: string): DerNode {
  if (endOfStrict(bytes, 0, MAX_DEPTH) !== bytes.length) throw malformed(what)
  return new DerNode(bytes, what)
}

/** Where the value at `at` ends, with all in it checked; undefined if it is no strict DER. */
function endOfStrict(bytes: Buffer, at: number, depth: number): number | undefined {
  const extent = depth > 0 ? extentAt(bytes, at) : undefined
  if (extent === undefined) return undefined
  const { contentAt, end } = extent
  const tag = bytes[at] ?? 0
  if (tag === TAG.integer && isPadded(bytes, contentAt, end)) return undefined
  if ((tag & CONSTRUCTED) === 0) return end
  let child: number | undefined = contentAt
  while (child !== undefined && child < end) child = endOfStrict(bytes, child, depth - 1)
  return child === end ? end : undefined
}

/** Whether an `INTEGER` is empty, or its first nine bits are alike. */
function isPadded(bytes: Buffer, start: number, end: number): boolean {
  if (end - start < 2) return end === start
  const [first, sign] = [bytes[start], (bytes[start + 1] ?? 0) >> 7]
  return first === (sign === 1 ? 0xff : 0x00)
}

/** One value in a DER tree. Every accessor checks the tag first, and throws `malformed` if it is another. */
export class DerNode {
  readonly #bytes: Buffer
  readonly #what: string

  /** @param bytes exactly one value, of which {@link readDer} checked the form */
  constructor(bytes: Buffer, what: string) {
    this.#bytes = bytes
    this.#what = what
  }

  /** The children of a `SEQUENCE` with `min` to `max` of them. */
  sequence(min = 0, max = Infinity): DerList {
    return this.#list(TAG.sequence, min, max)
  }

  /** The children of a `SET` with `min` to `max` of them. */
  set(min = 0, max = Infinity): DerList {
    return this.#list(TAG.set, min, max)
  }

  /** The children of a constructed value tagged `[tag]`. */
  context(tag: number, min = 0, max = Infinity): DerList {
    return this.#list(CONTEXT | CONSTRUCTED | tag, min, max)
  }

  /** Whether the value is tagged `[tag]`. */
  isContext(tag: number): boolean {
    return (this.#tag & ~CONSTRUCTED) === (CONTEXT | tag)
  }

  isBoolean(): boolean {
    return this.#tag === TAG.boolean
  }

  isInteger(): boolean {
    return this.#tag === TAG.integer
  }

  isNull(): boolean {
    return this.#tag === TAG.nothing && this.#bytes.length === 2
  }

  /** A `BOOLEAN`, which DER allows to be 00 or FF only. */
  boolean(): boolean {
    const value = this.#content(TAG.boolean)
    if (value.length !== 1 || (value[0] !== 0x00 && value[0] !== 0xff)) return this.malformed()
    return value[0] === 0xff
  }

  integer(): bigint {
    const value = this.#content(TAG.integer)
    return BigInt.asIntN(value.length * 8, BigInt(`0x${value.toString('hex')}`))
  }

  /** The bytes of an `INTEGER` that is positive, without the leading zero of one whose top bit is set. */
  magnitude(): Buffer {
    const value = this.#content(TAG.integer)
    if ((value[0] ?? 0) >= 0x80) return this.malformed()
    return value[0] === 0 ? value.subarray(1) : value
  }

  octets(): Buffer {
    return this.#content(TAG.octets)
  }

  /** The bytes of a primitive value tagged `[tag] IMPLICIT`. */
  contextOctets(tag: number): Buffer {
    return this.#content(CONTEXT | tag)
  }

  /** The bytes of a `BIT STRING`; those of whole bytes only unless `partial`. */
  bits(partial = false): Buffer {
    const value = this.#content(TAG.bits)
    const unused = value[0] ?? 8
    if (unused > 7 || (unused > 0 && (!partial || value.length < 2))) return this.malformed()
    return value.subarray(1)
  }

  /** A `UTF8String`, or one of its subsets `PrintableString` and `IA5String`; undefined for other types and invalid UTF-8. */
  text(): string | undefined {
    if (!TEXT_TAGS.includes(this.#tag)) return undefined
    const bytes = this.#content(this.#tag)
    const text = bytes.toString(this.#tag === TAG.utf8 ? 'utf8' : 'ascii')
    return Buffer.from(text).equals(bytes) ? text : undefined
  }

  /** The dotted form of an `OBJECT IDENTIFIER` (X.690 §8.19). */
  oid(): string {
    const bytes = this.#content(TAG.oid)
    const arcs: number[] = []
    let arc = 0
    let isNew = true
    for (const byte of bytes) {
      if (isNew && byte === 0x80) return this.malformed()
      arc = arc * 128 + (byte & 0x7f)
      isNew = byte < 0x80
      if (!isNew) continue
      if (!Number.isSafeInteger(arc)) return this.malformed()
      arcs.push(arc)
      arc = 0
    }
    const [head, ...rest] = arcs
    if (head === undefined || !isNew) return this.malformed()
    const root = Math.min(Math.floor(head / 40), 2)
    return [root, head - root * 40, ...rest].join('.')
  }

  /** The value with its tag and length. */
  der(): Buffer {
    return this.#bytes
  }

  malformed(): never {
    throw malformed(this.#what)
  }

  get #tag(): number {
    return this.#bytes[0] ?? 0
  }

  #content(tag: number): Buffer {
    const extent = this.#tag === tag ? extentAt(this.#bytes, 0) : undefined
    return extent === undefined ? this.malformed() : this.#bytes.subarray(extent.contentAt)
  }

  #list(tag: number, min: number, max: number): DerList {
    const content = this.#content(tag)
    const items: DerNode[] = []
    for (let at = 0; at < content.length;) {
      const end = extentAt(content, at)?.end ?? this.malformed()
      items.push(new DerNode(content.subarray(at, end), this.#what))
      at = end
    }
    if (items.length < min || items.length > max) return this.malformed()
    return new DerList(items, this.#what)
  }
}

/** The children of a value. */
export class DerList {
  readonly items: readonly DerNode[]
  readonly #what: string

  constructor(items: readonly DerNode[], what: string) {
    this.items = items
    this.#what = what
  }

  /** The child at `index`. @throws {SecretError} `malformed` if there is none */
  at(index: number): DerNode {
    const item = this.items[index]
    if (item === undefined) throw malformed(this.#what)
    return item
  }
}

function malformed(what: string): SecretError {
  return new SecretError('malformed', `${what} is not the strict DER it should be; make it again`)
}
