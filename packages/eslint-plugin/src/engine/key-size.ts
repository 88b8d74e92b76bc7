import { AST_NODE_TYPES, type TSESLint, type TSESTree } from '@typescript-eslint/utils'
import { constantNumber, constantText, constantValue } from './constants.ts'
import { pathOf } from './paths.ts'
import { memberKey, unwrap } from './syntax.ts'

/** How much secret a value holds. */
export interface KeySize {
  /** Bytes of key material: 64 hexadecimal characters hold 32. */
  readonly bytes: number
  /** Bytes of key material in one character or element of the value. */
  readonly bytesPerUnit: number
  /** Whether it comes from a random source, and so is meant to be guessed by nobody. */
  readonly isRandom: boolean
}

/** Bytes in one character. Base64 keeps 6 bits in each, hexadecimal 4; other text counts whole, for want of knowing. */
const BYTES_PER_CHARACTER: Readonly<Record<string, number>> = {
  hex: 1 / 2,
  base64: 3 / 4,
  base64url: 3 / 4,
}

/** A random UUID has 122 random bits (RFC 9562, section 5.4) in 36 characters. */
const UUID: KeySize = { bytes: 122 / 8, bytesPerUnit: 122 / 8 / 36, isRandom: true }

const HEX = /^(?:[\da-f]{2}){4,}$/i

type SizeOfCall = (
  call: TSESTree.CallExpression,
  source: TSESLint.SourceCode,
) => KeySize | undefined

const CALLS: Readonly<Record<string, SizeOfCall>> = {
  'crypto.randomBytes': ({ arguments: [count] }, source) =>
    randomized(raw(constantNumber(count, source))),
  'crypto.randomUUID': () => UUID,
  'Buffer.alloc': ({ arguments: [count] }, source) => raw(constantNumber(count, source)),
  'Buffer.from': ({ arguments: [text, encoding] }, source) =>
    sizeOfText(constantText(text, source), constantText(encoding, source) ?? 'utf8'),
  'crypto.getRandomValues': ({ arguments: [array] }, source) => randomized(sizeOf(array, source)),
  'crypto.randomFillSync': ({ arguments: [array] }, source) => randomized(sizeOf(array, source)),
  'crypto.createSecretKey': ({ arguments: [key, encoding] }, source) =>
    sizeOfKey(key, encoding, source),
}

/** How much key material `node` holds, as far as the file tells. */
export function sizeOf(
  node: TSESTree.Node | undefined,
  source: TSESLint.SourceCode,
): KeySize | undefined {
  if (node === undefined) return undefined
  const text = constantText(node, source)
  if (text !== undefined) return sizeOfText(text, undefined)
  const value = constantValue(node, source)
  if (value.type === AST_NODE_TYPES.NewExpression) {
    const isBytes = pathOf(value.callee, source) === 'Uint8Array'
    return isBytes ? raw(constantNumber(value.arguments[0], source)) : undefined
  }
  return value.type === AST_NODE_TYPES.CallExpression ? sizeOfCall(value, source) : undefined
}

/** The size of a key that is given as text or bytes, with the encoding of the text if it is given. */
export function sizeOfKey(
  key: TSESTree.Node | undefined,
  encoding: TSESTree.Node | undefined,
  source: TSESLint.SourceCode,
): KeySize | undefined {
  const text = constantText(key, source)
  return text === undefined ? sizeOf(key, source) : sizeOfText(text, constantText(encoding, source))
}

function sizeOfCall(call: TSESTree.CallExpression, source: TSESLint.SourceCode) {
  const path = pathOf(call.callee, source)?.replace(
    /^(?:buffer\.|webcrypto\.|crypto\.webcrypto\.)/,
    '',
  )
  const known = path === undefined ? undefined : CALLS[path]
  if (known !== undefined) return known(call, source)
  const callee = unwrap(call.callee)
  if (callee.type !== AST_NODE_TYPES.MemberExpression) return undefined
  const whole = sizeOf(callee.object, source)
  return whole === undefined ? undefined : sizeAfter(memberKey(callee), call, whole, source)
}

/** The size of what a method makes of a value: another encoding, or a part. */
function sizeAfter(
  method: string | undefined,
  call: TSESTree.CallExpression,
  whole: KeySize,
  source: TSESLint.SourceCode,
): KeySize | undefined {
  const [first, second] = call.arguments
  if (method === 'toString') {
    const perCharacter = BYTES_PER_CHARACTER[constantText(first, source) ?? 'utf8'] ?? 1
    return { ...whole, bytesPerUnit: perCharacter }
  }
  if (method === undefined || !PARTS.has(method)) return KEEPS.has(method ?? '') ? whole : undefined
  const start = constantNumber(first, source) ?? 0
  const end = constantNumber(second, source)
  const units = whole.bytes / whole.bytesPerUnit
  if (start < 0 || (second !== undefined && end === undefined)) return undefined
  const length =
    method === 'substr' && end !== undefined ? end : partLength(start, end ?? units, units)
  return { ...whole, bytes: Math.min(whole.bytes, length * whole.bytesPerUnit) }
}

function partLength(start: number, end: number, units: number): number {
  return Math.max(0, (end < 0 ? units + end : Math.min(end, units)) - start)
}

const PARTS: ReadonlySet<string> = new Set(['slice', 'substring', 'substr', 'subarray'])
const KEEPS: ReadonlySet<string> = new Set([
  'toUpperCase',
  'toLowerCase',
  'trim',
  'replaceAll',
  'replace',
])

function sizeOfText(text: string | undefined, encoding: string | undefined): KeySize | undefined {
  if (text === undefined) return undefined
  const bytesPerUnit = BYTES_PER_CHARACTER[encoding ?? (HEX.test(text) ? 'hex' : 'utf8')] ?? 1
  return { bytes: text.length * bytesPerUnit, bytesPerUnit, isRandom: false }
}

function raw(bytes: number | undefined): KeySize | undefined {
  return bytes === undefined ? undefined : { bytes, bytesPerUnit: 1, isRandom: false }
}

function randomized(size: KeySize | undefined): KeySize | undefined {
  return size === undefined ? undefined : { ...size, isRandom: true }
}
