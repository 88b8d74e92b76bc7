import { SecretError } from '@rekey/secret'
import forge from 'node-forge'

type Asn1 = forge.asn1.Asn1

const { Class, Type } = forge.asn1

/** UTF-8 and its subsets. */
const TEXT_TYPES: readonly forge.asn1.Type[] = [Type.UTF8, Type.PRINTABLESTRING, Type.IA5STRING]

interface ReadOptions {
  readonly strict: boolean
  readonly parseAllBytes: boolean
  readonly decodeBitStrings: boolean
  readonly maxDepth: number
}

// The published types know only the old boolean parameter.
const fromDer = forge.asn1.fromDer as unknown as (bytes: string, options: ReadOptions) => Asn1

/** No structure that we read is nested deeper than about 12. */
const OPTIONS: ReadOptions = {
  strict: true,
  parseAllBytes: true,
  decodeBitStrings: false,
  maxDepth: 32,
}

/**
 * Reads strict DER: what was read, written again, must give the same bytes. That refuses long-form lengths that are not
 * minimal, indefinite lengths, padded integers and trailing bytes (X.690 §10.1, §8.3.2), which the parser alone accepts.
 *
 * @param what names the input in the error
 * @throws {SecretError} `malformed`
 */
export function readDer(bytes: Buffer, what: string): DerNode {
  const node = new DerNode(parse(bytes, what), what)
  return node.der().equals(bytes) ? node : node.malformed()
}

function parse(bytes: Buffer, what: string): Asn1 {
  try {
    return fromDer(bytes.toString('latin1'), OPTIONS)
  } catch {
    throw malformed(what)
  }
}

/** One value in a DER tree. Every accessor checks the type first, and throws `malformed` if it is another. */
export class DerNode {
  readonly #node: Asn1
  readonly #what: string

  constructor(node: Asn1, what: string) {
    this.#node = node
    this.#what = what
  }

  /** The children of a `SEQUENCE` with `min` to `max` of them. */
  sequence(min = 0, max = Infinity): DerList {
    return this.#list(this.#is(Type.SEQUENCE), min, max)
  }

  /** The children of a `SET` with `min` to `max` of them. */
  set(min = 0, max = Infinity): DerList {
    return this.#list(this.#is(Type.SET), min, max)
  }

  /** The children of a constructed value tagged `[tag]`. */
  context(tag: number, min = 0, max = Infinity): DerList {
    return this.#list(this.isContext(tag), min, max)
  }

  /** Whether the value is tagged `[tag]`. */
  isContext(tag: number): boolean {
    return this.#node.tagClass === Class.CONTEXT_SPECIFIC && tagNumber(this.#node) === tag
  }

  isBoolean(): boolean {
    return this.#is(Type.BOOLEAN)
  }

  isInteger(): boolean {
    return this.#is(Type.INTEGER)
  }

  isNull(): boolean {
    return this.#is(Type.NULL) && this.#node.value.length === 0
  }

  /** A `BOOLEAN`, which DER allows to be 00 or FF only. */
  boolean(): boolean {
    const value = this.#primitive(Type.BOOLEAN)
    if (value.length !== 1 || (value[0] !== 0x00 && value[0] !== 0xff)) return this.malformed()
    return value[0] === 0xff
  }

  integer(): bigint {
    const value = this.#primitive(Type.INTEGER)
    if (value.length === 0) return this.malformed()
    return BigInt.asIntN(value.length * 8, BigInt(`0x${value.toString('hex')}`))
  }

  octets(): Buffer {
    return this.#primitive(Type.OCTETSTRING)
  }

  /** The bytes of a primitive value tagged `[tag] IMPLICIT`. */
  contextOctets(tag: number): Buffer {
    const { value, constructed } = this.#node
    if (!this.isContext(tag) || constructed || typeof value !== 'string') return this.malformed()
    return Buffer.from(value, 'latin1')
  }

  /** The bytes of a `BIT STRING`; those of whole bytes only unless `partial`. */
  bits(partial = false): Buffer {
    const value = this.#primitive(Type.BITSTRING)
    const unused = value[0] ?? 8
    if (unused > 7 || (unused > 0 && (!partial || value.length < 2))) return this.malformed()
    return value.subarray(1)
  }

  /** A `UTF8String`, or one of its subsets `PrintableString` and `IA5String`; undefined for other types and invalid UTF-8. */
  text(): string | undefined {
    const type = TEXT_TYPES.find((one) => this.#is(one))
    if (type === undefined) return undefined
    const bytes = this.#primitive(type)
    const text = bytes.toString(type === Type.UTF8 ? 'utf8' : 'ascii')
    return Buffer.from(text).equals(bytes) ? text : undefined
  }

  /** The dotted form of an `OBJECT IDENTIFIER`. */
  oid(): string {
    const value = this.#primitive(Type.OID).toString('latin1')
    try {
      return forge.asn1.derToOid(value)
    } catch {
      return this.malformed()
    }
  }

  /** The value with its tag and length. */
  der(): Buffer {
    return Buffer.from(forge.asn1.toDer(this.#node).getBytes(), 'latin1')
  }

  malformed(): never {
    throw malformed(this.#what)
  }

  #is(type: forge.asn1.Type): boolean {
    return this.#node.tagClass === Class.UNIVERSAL && this.#node.type === type
  }

  #primitive(type: forge.asn1.Type): Buffer {
    const { value, constructed } = this.#node
    if (!this.#is(type) || constructed || typeof value !== 'string') return this.malformed()
    return Buffer.from(value, 'latin1')
  }

  #list(isType: boolean, min: number, max: number): DerList {
    const { value } = this.#node
    if (!isType || typeof value === 'string') return this.malformed()
    if (value.length < min || value.length > max) return this.malformed()
    return new DerList(
      value.map((child) => new DerNode(child, this.#what)),
      this.#what,
    )
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

/** The enumeration of the published types ends where context tags need it. */
function tagNumber(node: Asn1): number {
  return node.type
}

function malformed(what: string): SecretError {
  return new SecretError('malformed', `${what} is not the strict DER it should be; make it again`)
}
