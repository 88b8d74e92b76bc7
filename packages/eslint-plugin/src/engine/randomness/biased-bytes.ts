import type { TSESTree } from '@typescript-eslint/utils'
import type { CallExpression, Node, SourceCode } from '../syntax/nodes.ts'
import { isPick } from '../graph/steps.ts'
import { constantNumber, constantText, constantValue, variableOf } from '../syntax/constants.ts'
import { originsOf, parameterOf } from '../syntax/origins.ts'
import { EACH } from '../syntax/patterns.ts'
import { lastName } from '../syntax/paths.ts'
import { perFile } from '../per-file.ts'
import { memberKey, unwrap } from '../syntax/syntax.ts'
import { visited } from '../visits.ts'

/** A word that every file with random bytes contains. */
export const BIASED_TEXT = /(?:randomBytes|getRandomValues|randomFillSync)\b/

/** Functions that give random bytes, or fill an array with them. */
const BYTES = /^(?:randomBytes|getRandomValues|randomFillSync)$/
const FILLS = /^(?:getRandomValues|randomFillSync|randomFill)$/

/** Divisors that bring a byte below 1; by 255 the largest one comes out once in 256. */
const SCALES: ReadonlySet<number | undefined> = new Set([255, 256])

/**
 * How messages call `node`, if it is a random byte that is brought below a number which does not divide 256, so that some results come
 * more often: the rest, `randomBytes(1)[0] % 10`, or a part, `Math.floor((byte / 256) * 10)`. The length of an alphabet that comes from
 * outside mostly does not divide it.
 */
export function biasOf(node: Node, source: SourceCode): string | undefined {
  if (node.type !== 'BinaryExpression') return undefined
  if (node.operator === '%') {
    const isBiased = mayBias(node.right, source) && isByte(node.left, source)
    return isBiased ? 'the rest of a random byte' : undefined
  }
  const { byte, scale, count } = scaled(node) ?? {}
  if (byte === undefined || scale === undefined || count === undefined) return undefined
  const divisor = constantNumber(scale, source)
  const isScale = SCALES.has(divisor) && (divisor === 255 || mayBias(count, source))
  return isScale && isByte(byte, source) ? 'a part of a random byte' : undefined
}

/** The parts of `byte / scale * count` and of `byte * count / scale`. */
function scaled({ operator, left, right }: TSESTree.BinaryExpression) {
  const inner = unwrap(left)
  if (inner.type !== 'BinaryExpression') return undefined
  if (operator === '*' && inner.operator === '/') {
    return { byte: inner.left, scale: inner.right, count: right }
  }
  if (operator !== '/' || inner.operator !== '*') return undefined
  return { byte: inner.left, scale: right, count: inner.right }
}

/** Whether the number `node` may not divide 256: a constant that does not, or a length that the file does not show. */
function mayBias(node: Node, source: SourceCode): boolean {
  const bare = constantValue(node, source)
  if (bare.type !== 'MemberExpression' || memberKey(bare) !== 'length') {
    const count = constantNumber(bare, source)
    return count !== undefined && 256 % count !== 0
  }
  const list = constantValue(bare.object, source)
  const length =
    list.type === 'ArrayExpression'
      ? list.elements.length
      : constantText(bare.object, source)?.length
  return length === undefined || 256 % length !== 0
}

/** Whether `node` is a random byte, and none that is compared first, as in rejection sampling. */
function isByte(node: Node, source: SourceCode): boolean {
  const bare = unwrap(node)
  switch (bare.type) {
    case 'MemberExpression':
      return isPick(bare) && isBytes(bare.object, source) && !isTextCompared(bare, source)
    case 'CallExpression': {
      const callee = unwrap(bare.callee)
      const isRead = callee.type === 'MemberExpression' && memberKey(callee) === 'readUInt8'
      return isRead && isBytes(callee.object, source)
    }
    case 'Identifier': {
      const variable = variableOf(bare, source)
      if (variable === undefined) return false
      if (variable.references.some(({ identifier }) => isCompared(identifier.parent))) return false
      const call = parameterOf(variable)?.owner.parent
      if (call?.type === 'CallExpression') return hasBytes(call, source)
      const [origin, ...others] = originsOf(variable, source)
      if (origin === undefined || others.length > 0) return false
      const [key] = origin.keys
      if (key === undefined) return isByte(origin.node, source)
      return (key === EACH || /^\d+$/.test(key)) && isBytes(origin.node, source)
    }
    default:
      return false
  }
}

/** Whether a callback of `call` gets bytes: `Array.from(randomBytes(8), (byte) => …)`, `randomBytes(8).map((byte) => …)`. */
function hasBytes(call: CallExpression, source: SourceCode): boolean {
  const callee = unwrap(call.callee)
  const receiver = callee.type === 'MemberExpression' ? callee.object : undefined
  return [receiver, call.arguments[0]].some((each) => each !== undefined && isBytes(each, source))
}

function isBytes(node: Node, source: SourceCode): boolean {
  const value = constantValue(node, source)
  if (value.type === 'CallExpression') return BYTES.test(lastName(value.callee) ?? '')
  const bare = unwrap(node)
  if (value.type !== 'NewExpression' || lastName(value.callee) !== 'Uint8Array') return false
  const { references = [] } = bare.type === 'Identifier' ? (variableOf(bare, source) ?? {}) : {}
  return references.some(({ identifier: { parent } }) =>
    parent.type === 'CallExpression' ? FILLS.test(lastName(parent.callee) ?? '') : false,
  )
}

/** Whether the file compares an element of a list, as it is written: `bytes[i] < limit`. */
function isTextCompared(node: Node, source: SourceCode): boolean {
  return comparedTexts('elements', source).has(source.getText(node))
}

const comparedTexts = perFile(
  (_question: 'elements', source) =>
    new Set(
      visited(source, 'BinaryExpression')
        .filter(isCompared)
        .flatMap(({ left, right }) => [left, right])
        .filter(({ type }) => type === 'MemberExpression')
        .map((side) => source.getText(side)),
    ),
)

function isCompared(node: Node | undefined): boolean {
  return node?.type === 'BinaryExpression' && /^[<>]=?$/.test(node.operator)
}
