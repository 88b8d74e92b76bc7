import type { TSESLint, TSESTree } from '@typescript-eslint/utils'
import { constantNumber, constantText } from '../syntax/constants.ts'
import { bytesPerCharacter, type KeySize } from './key-material.ts'

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
export function sizeAfter(
  method: string,
  call: TSESTree.CallExpression,
  whole: KeySize,
  source: TSESLint.SourceCode,
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
