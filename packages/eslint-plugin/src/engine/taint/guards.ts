import type { Node, SourceCode } from '../syntax/nodes.ts'
import { constantText, constantValue } from '../syntax/constants.ts'
import { perFile } from '../per-file.ts'
import { ancestorsOf, isFunction, memberKey, unwrap, within } from '../syntax/syntax.ts'
import { visited } from '../visits.ts'

/** A file without a test for a text that is written there guards nothing. */
const HAS_TESTS = perFile(
  (_question: 'tests', source) =>
    visited(source, 'IfStatement', 'ConditionalExpression', 'LogicalExpression').length > 0,
)

/**
 * Whether `node` can only be a text that the code has written out where it stands: behind `x === 'none' &&`, in an `if` for
 * `['none', 'basic'].includes(x)`.
 */
export function isKnownText(node: Node, source: SourceCode): boolean {
  if (!HAS_TESTS('tests', source)) return false
  for (const around of ancestorsOf(node)) {
    if (isFunction(around)) return false
    const test = testBefore(node, around)
    if (test !== undefined && tellsText(test, node, source)) return true
  }
  return false
}

/** The test that holds where `node` is reached within `around`. */
function testBefore(node: Node, around: Node): Node | undefined {
  if (around.type === 'LogicalExpression') {
    return around.operator === '&&' && within(node, around.right) ? around.left : undefined
  }
  const isCondition = around.type === 'IfStatement' || around.type === 'ConditionalExpression'
  return isCondition && within(node, around.consequent) ? around.test : undefined
}

function tellsText(test: Node, node: Node, source: SourceCode): boolean {
  const isNode = (each: Node) => source.getText(unwrap(each)) === source.getText(node)
  const bare = unwrap(test)
  if (bare.type === 'LogicalExpression') {
    const sides = [bare.left, bare.right].map((side) => tellsText(side, node, source))
    return bare.operator === '&&' ? sides.includes(true) : !sides.includes(false)
  }
  if (bare.type === 'BinaryExpression' && /^===?$/.test(bare.operator)) {
    const sides = [bare.left, bare.right]
    return sides.some(isNode) && sides.some((side) => constantText(side, source) !== undefined)
  }
  if (bare.type !== 'CallExpression' || bare.arguments[0] === undefined) return false
  const callee = unwrap(bare.callee)
  if (callee.type !== 'MemberExpression' || !isNode(bare.arguments[0])) return false
  return /^(?:includes|has)$/.test(memberKey(callee) ?? '') && isListOfTexts(callee.object, source)
}

function isListOfTexts(node: Node, source: SourceCode): boolean {
  const value = constantValue(node, source)
  const list = value.type === 'NewExpression' ? value.arguments[0] : value
  return (
    list?.type === 'ArrayExpression' &&
    list.elements.every((each) => each !== null && constantText(each, source) !== undefined)
  )
}
