import type { TSESTree } from '@typescript-eslint/utils'
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
    if (test !== undefined && knownTexts(test, source).has(source.getText(node))) return true
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

/** The expressions, as they are written, that can only be a text of the code where `test` holds; found once for all that is behind it. */
const knownTexts = perFile((test: Node, source): ReadonlySet<string> => {
  const bare = unwrap(test)
  switch (bare.type) {
    case 'LogicalExpression': {
      const [first = EMPTY, ...others] = operandsOf(bare).map((each) => knownTexts(each, source))
      if (bare.operator === '&&') return new Set([first, ...others].flatMap((each) => [...each]))
      return new Set([...first].filter((text) => others.every((each) => each.has(text))))
    }
    case 'BinaryExpression': {
      const sides = /^===?$/.test(bare.operator) ? [bare.left, bare.right] : []
      const isCompared = sides.some((side) => constantText(side, source) !== undefined)
      return new Set(isCompared ? sides.map((side) => source.getText(unwrap(side))) : [])
    }
    case 'CallExpression': {
      const callee = unwrap(bare.callee)
      const [given] = bare.arguments
      const isSearch = callee.type === 'MemberExpression' && SEARCHES.has(memberKey(callee) ?? '')
      const isTold = given !== undefined && isSearch && isListOfTexts(callee.object, source)
      return new Set(isTold ? [source.getText(unwrap(given))] : [])
    }
    default:
      return new Set()
  }
})

const EMPTY: ReadonlySet<string> = new Set()

/** `a`, `b` and `c` of `a && b && c`, however many there are. */
function operandsOf({ operator, left, right }: TSESTree.LogicalExpression): Node[] {
  const operands: Node[] = [right]
  let rest = unwrap(left)
  while (rest.type === 'LogicalExpression' && rest.operator === operator) {
    operands.push(rest.right)
    rest = unwrap(rest.left)
  }
  return [...operands, rest]
}

const SEARCHES: ReadonlySet<string> = new Set(['includes', 'has'])

function isListOfTexts(node: Node, source: SourceCode): boolean {
  const value = constantValue(node, source)
  const list = value.type === 'NewExpression' ? value.arguments[0] : value
  return (
    list?.type === 'ArrayExpression' &&
    list.elements.every((each) => each !== null && constantText(each, source) !== undefined)
  )
}
