import type { CallExpression, Node, SourceCode } from '../syntax/nodes.ts'
import { calledPath } from '../syntax/member-calls.ts'
import { constantNumber, constantText, constantValue } from '../syntax/constants.ts'
import { pathOf } from '../syntax/paths.ts'
import { memberKey, unwrap } from '../syntax/syntax.ts'
import { givenRow } from '../graph/given-row.ts'
import {
  bytesPerCharacter,
  type KeySize,
  randomized,
  sizeOfBytes,
  sizeOfText,
} from './key-material.ts'

/** A random UUID has 122 random bits (RFC 9562, section 5.4) in 36 characters. */
const UUID: KeySize = { bytes: 122 / 8, bytesPerUnit: 122 / 8 / 36, isRandom: true }

/** Nanoid gives 21 characters by default, of an alphabet of 64 (its README). */
const NANOID = { length: 21, bytesEach: 3 / 4 } as const

type SizeOfCall = (call: CallExpression, source: SourceCode) => KeySize | undefined

const CALLS: ReadonlyMap<string, SizeOfCall> = new Map<string, SizeOfCall>([
  ['crypto.randomUUID', () => UUID],
  ['uuid.v4', () => UUID],
  ['uuid/v4', () => UUID],
  ['nanoid.nanoid', ({ arguments: [length] }, source) => sizeOfNanoid(length, source)],
  ['Buffer.alloc', ({ arguments: [count] }, source) => sizeOfBytes(constantNumber(count, source))],
  [
    'Buffer.from',
    ({ arguments: [text, encoding] }, source) => sizeOfKey(text, encoding, source, 'utf8'),
  ],
  [
    'TextEncoder().encode',
    ({ arguments: [text] }, source) => sizeOfText(constantText(text, source), 'utf8'),
  ],
  ['crypto.getRandomValues', ({ arguments: [array] }, source) => randomized(sizeOf(array, source))],
  ['crypto.randomFillSync', ({ arguments: [array] }, source) => randomized(sizeOf(array, source))],
  [
    'crypto.createSecretKey',
    ({ arguments: [key, encoding] }, source) => sizeOfKey(key, encoding, source),
  ],
])

/** The nodes being measured, since a variable may be defined by itself: `key = key.slice(1)`. */
const MEASURING = new Set<Node>()

/** How much key material `node` holds, as far as the file shows. */
export function sizeOf(node: Node | undefined, source: SourceCode): KeySize | undefined {
  if (node === undefined) return undefined
  const text = constantText(node, source)
  if (text !== undefined) return sizeOfText(text, undefined)
  const value = constantValue(node, source)
  if (MEASURING.has(value)) return undefined
  MEASURING.add(value)
  try {
    return sizeOfValue(value, source)
  } finally {
    MEASURING.delete(value)
  }
}

function sizeOfValue(value: Node, source: SourceCode): KeySize | undefined {
  switch (value.type) {
    case 'AwaitExpression':
      return sizeOf(value.argument, source)
    case 'TemplateLiteral':
      return sizeOfAll(value.expressions, source)
    case 'BinaryExpression':
      return value.operator === '+' ? sizeOfAll([value.left, value.right], source) : undefined
    case 'NewExpression':
      return pathOf(value.callee, source) === 'Uint8Array'
        ? sizeOfBytes(constantNumber(value.arguments[0], source), value.arguments[0])
        : undefined
    case 'CallExpression':
      return sizeOfCall(value, source)
    default:
      return undefined
  }
}

/** The size of a key that is given as text or bytes, with the encoding of the text if it is given. */
export function sizeOfKey(
  key: Node | undefined,
  encoding: Node | undefined,
  source: SourceCode,
  usual?: string,
): KeySize | undefined {
  const text = constantText(key, source)
  if (text === undefined) return sizeOf(key, source)
  return sizeOfText(text, constantText(encoding, source) ?? usual)
}

/** The sizes of parts that are put together, of which constants hold nothing. An upper bound where some is cut off. */
function sizeOfAll(parts: readonly Node[], source: SourceCode): KeySize | undefined {
  const unknown = parts.filter((part) => constantText(part, source) === undefined)
  const sizes = unknown.map((part) => sizeOf(part, source))
  const known = sizes.filter((size) => size !== undefined)
  const [first, ...others] = known
  if (first === undefined || known.length < sizes.length) return undefined
  const bytes = known.reduce((sum, size) => sum + size.bytes, 0)
  const isRandom = known.some((size) => size.isRandom)
  return others.length === 0 ? first : { bytes, bytesPerUnit: first.bytesPerUnit, isRandom }
}

function sizeOfCall(call: CallExpression, source: SourceCode) {
  const { count: index, bitsEach = 8 } = givenRow(call, source) ?? {}
  if (index !== undefined) {
    const count = call.arguments[index]
    return randomized(sizeOfBytes(constantNumber(count, source), count, bitsEach / 8))
  }
  const known = CALLS.get(calledPath(call, source) ?? '')
  if (known !== undefined) return known(call, source)
  const callee = unwrap(call.callee)
  if (callee.type !== 'MemberExpression') return undefined
  const whole = sizeOf(callee.object, source)
  return whole === undefined ? undefined : sizeAfter(memberKey(callee) ?? '', call, whole, source)
}

function sizeOfNanoid(length: Node | undefined, source: SourceCode) {
  const count = length === undefined ? NANOID.length : constantNumber(length, source)
  const size = randomized(sizeOfBytes(count, length, NANOID.bytesEach))
  return size && { ...size, bytesPerUnit: NANOID.bytesEach }
}

/** Methods that give a part of what they are called on. */
const PARTS: ReadonlySet<string> = new Set(['slice', 'substring', 'substr', 'subarray'])
/** Methods that give all of it. */
const KEEPS: ReadonlySet<string> = new Set([
  'toUpperCase',
  'toLowerCase',
  'trim',
  'replaceAll',
  'replace',
])

/** The size of what a method makes of a value: another encoding, or a part. */
function sizeAfter(
  method: string,
  call: CallExpression,
  whole: KeySize,
  source: SourceCode,
): KeySize | undefined {
  const [first, second] = call.arguments
  if (method === 'toString') {
    return { ...whole, bytesPerUnit: bytesPerCharacter(constantText(first, source) ?? 'utf8') }
  }
  if (!PARTS.has(method)) return KEEPS.has(method) ? whole : undefined
  const start = constantNumber(first, source) ?? 0
  const end = constantNumber(second, source)
  const units = whole.bytes / whole.bytesPerUnit
  if (start < 0 || (second !== undefined && end === undefined)) return undefined
  const length =
    method === 'substr' && end !== undefined ? end : partLength(start, end ?? units, units)
  const { bytesPerUnit, isRandom } = whole
  return { bytes: Math.min(whole.bytes, length * bytesPerUnit), bytesPerUnit, isRandom }
}

function partLength(start: number, end: number, units: number): number {
  return Math.max(0, (end < 0 ? units + end : Math.min(end, units)) - start)
}
