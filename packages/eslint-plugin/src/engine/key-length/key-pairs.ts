import type { Node, SourceCode } from '../syntax/nodes.ts'
import { calledPath } from '../syntax/member-calls.ts'
import { constantNumber, constantText, constantValue } from '../syntax/constants.ts'
import { optionOf } from './given-keys.ts'
import type { CallNode } from '../syntax/syntax.ts'

/** The parameter on which the strength of a pair of keys, or of an exchange of keys, depends. */
export interface PairSize {
  /** The kind of number that counts. */
  readonly kind: 'modulus' | 'curve'
  readonly bits: number
  /** Where it stands, if it stands there as a number. */
  readonly node?: Node
}

type Measure = (given: readonly Node[], source: SourceCode) => PairSize | undefined

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

/** The measure of each kind of key pair: NIST SP 800-57 part 1 rev. 5, table 2. Edwards curves have one size. */
const KINDS: ReadonlyMap<string, Measure> = new Map<string, Measure>([
  ['rsa', ([options], source) => modulus(optionOf(options, 'modulusLength', source), source)],
  ['rsa-pss', ([options], source) => modulus(optionOf(options, 'modulusLength', source), source)],
  ['dsa', ([options], source) => modulus(optionOf(options, 'modulusLength', source), source)],
  ['ec', ([options], source) => curve(optionOf(options, 'namedCurve', source), source)],
  [
    'dh',
    ([options], source) =>
      group(optionOf(options, 'group', source), source) ??
      modulus(optionOf(options, 'primeLength', source), source),
  ],
])

const pairOfKind: Measure = ([kind, ...rest], source) =>
  KINDS.get(constantText(kind, source) ?? '')?.(rest, source)

const rsaOfForge: Measure = ([options], source) =>
  modulus(options, source) ?? modulus(optionOf(options, 'bits', source), source)

const MAKERS: ReadonlyMap<string, Measure> = new Map<string, Measure>([
  ['crypto.generateKeyPair', pairOfKind],
  ['crypto.generateKeyPairSync', pairOfKind],
  ['crypto.createDiffieHellmanGroup', ([name], source) => group(name, source)],
  ['crypto.getDiffieHellman', ([name], source) => group(name, source)],
  ['crypto.createDiffieHellman', ([bits], source) => modulus(bits, source)],
  ['crypto.createECDH', ([name], source) => curve(name, source)],
  [
    'crypto.subtle.generateKey',
    ([options], source) => modulus(optionOf(options, 'modulusLength', source), source),
  ],
  [
    'jose.generateKeyPair',
    ([, options], source) => modulus(optionOf(options, 'modulusLength', source), source),
  ],
  ['node-forge.pki.rsa.generateKeyPair', rsaOfForge],
  ['node-forge.rsa.generateKeyPair', rsaOfForge],
  ['new node-rsa', ([options], source) => modulus(optionOf(options, 'b', source), source)],
  ['new elliptic.ec', ([name], source) => curve(name, source)],
])

/** The size of the pair of keys, or of the exchange, that `call` makes, if the file shows it. */
export function pairSize(call: CallNode, source: SourceCode): PairSize | undefined {
  return MAKERS.get(calledPath(call, source) ?? '')?.(call.arguments, source)
}

function modulus(node: Node | undefined, source: SourceCode) {
  const bits = constantNumber(node, source)
  if (node === undefined || bits === undefined) return undefined
  const isLiteral = constantValue(node, source).type === 'Literal'
  return { kind: 'modulus', bits, ...(isLiteral ? { node } : {}) } as const
}

function group(node: Node | undefined, source: SourceCode) {
  const bits = GROUP_BITS.get(constantText(node, source) ?? '')
  return bits === undefined ? undefined : ({ kind: 'modulus', bits } as const)
}

/** The bits of a curve's field stand in its name: `secp256k1`, `prime192v1`, `P-384`, `brainpoolP224r1`. */
function curve(node: Node | undefined, source: SourceCode) {
  const bits = /(?<!\d)\d{3}(?!\d)/.exec(constantText(node, source) ?? '')?.[0]
  return bits === undefined ? undefined : ({ kind: 'curve', bits: Number(bits) } as const)
}
