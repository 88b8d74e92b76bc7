import type { Node, SourceCode } from '../syntax/nodes.ts'
import { constantNumber, constantText, constantValue } from '../syntax/constants.ts'
import { codeOf } from '../code/code-of.ts'
import { reachedFrom } from '../graph/walks.ts'
import { takenBy } from '../graph/taken-values.ts'
import type { CallNode } from '../syntax/syntax.ts'

/** The parameter on which the strength of a pair of keys, or of an exchange of keys, depends. */
export interface PairSize {
  /** The kind of number that counts. */
  readonly kind: 'modulus' | 'curve'
  readonly bits: number
  /** Where it stands, if it stands there as a number. */
  readonly node?: Node
}

/** The primes of the Diffie-Hellman groups that Node knows by name (RFC 2409, section 6; RFC 3526). */
const GROUP_BITS: ReadonlyMap<string, number> = new Map([
  ['modp1', 768],
  ['modp2', 1024],
  ['modp5', 1536],
  ['modp14', 2048],
  ['modp15', 3072],
  ['modp16', 4096],
  ['modp17', 6144],
  ['modp18', 8192],
])

const MEASURES: ReadonlyMap<string, (node: Node, source: SourceCode) => PairSize | undefined> =
  new Map([
    ['modulus', modulus],
    ['curve', curve],
    ['group', group],
  ])

/** The sizes of the pairs of keys, or of the exchange, that `call` makes: the least of each that the file shows. */
export function pairSizes(call: CallNode, source: SourceCode): PairSize[] {
  return takenBy(call, source).flatMap(({ node, kind }) => {
    const measure = MEASURES.get(kind)
    const size = measure?.(node, source)
    if (measure === undefined || size !== undefined) return size ?? []
    const { ends } = reachedFrom(node, codeOf(source))
    const sizes = ends.flatMap((end) => measure(end, source) ?? [])
    return sizes.toSorted((one, other) => one.bits - other.bits).slice(0, 1)
  })
}

function modulus(node: Node, source: SourceCode): PairSize | undefined {
  const bits = constantNumber(node, source) ?? Number(constantText(node, source) ?? NaN)
  if (Number.isNaN(bits)) return undefined
  const isLiteral = constantValue(node, source).type === 'Literal'
  return { kind: 'modulus', bits, ...(isLiteral ? { node } : {}) }
}

function group(node: Node, source: SourceCode): PairSize | undefined {
  const bits = GROUP_BITS.get(constantText(node, source) ?? '')
  return bits === undefined ? undefined : { kind: 'modulus', bits }
}

/** The bits of a curve's field stand in its name: `secp256k1`, `prime192v1`, `P-384`, `brainpoolP224r1`. */
function curve(node: Node, source: SourceCode): PairSize | undefined {
  const bits = /(?<!\d)\d{3}(?!\d)/.exec(constantText(node, source) ?? '')?.[0]
  return bits === undefined ? undefined : { kind: 'curve', bits: Number(bits) }
}
