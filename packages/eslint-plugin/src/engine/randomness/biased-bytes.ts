import type { CallExpression, Node, SourceCode } from '../syntax/nodes.ts'
import { isPick } from '../code/composition.ts'
import { constantNumber, constantText, constantValue, variableOf } from '../syntax/constants.ts'
import { originsOf, parameterOf } from '../syntax/origins.ts'
import { EACH } from '../syntax/patterns.ts'
import { lastName } from '../syntax/paths.ts'
import { memberKey, unwrap } from '../syntax/syntax.ts'

/** A word that every file with random bytes contains. */
export const BIASED_TEXT = /(?:randomBytes|getRandomValues|randomFillSync)\b/

/** Functions that give random bytes, or fill an array with them. */
const BYTES = /^(?:randomBytes|getRandomValues|randomFillSync)$/
const FILLS = /^(?:getRandomValues|randomFillSync|randomFill)$/

/**
 * Whether `node` is the rest of a random byte by a number that does not divide 256, so that small rests come more often:
 * `randomBytes(1)[0] % 10`.
 */
export function isBiased(node: Node, source: SourceCode): boolean {
  if (node.type !== 'BinaryExpression' || node.operator !== '%') return false
  const count = countOf(node.right, source)
  return count !== undefined && 256 % count !== 0 && isByte(node.left, source)
}

/** A number, or how many characters or elements a constant has. */
function countOf(node: Node, source: SourceCode): number | undefined {
  const bare = constantValue(node, source)
  if (bare.type !== 'MemberExpression' || memberKey(bare) !== 'length') {
    return constantNumber(bare, source)
  }
  const list = constantValue(bare.object, source)
  return list.type === 'ArrayExpression'
    ? list.elements.length
    : constantText(bare.object, source)?.length
}

/** Whether `node` is a random byte, and none that is compared first, as in rejection sampling. */
function isByte(node: Node, source: SourceCode): boolean {
  const bare = unwrap(node)
  switch (bare.type) {
    case 'MemberExpression':
      return isPick(bare) && isBytes(bare.object, source)
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

function isCompared(node: Node | undefined): boolean {
  return node?.type === 'BinaryExpression' && /^[<>]=?$/.test(node.operator)
}
