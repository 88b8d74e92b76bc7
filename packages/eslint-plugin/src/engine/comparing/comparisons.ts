import type { TSESTree } from '@typescript-eslint/utils'
import type { CallExpression, Node, SourceCode } from '../syntax/nodes.ts'
import { isPick } from '../graph/steps.ts'
import { lastName, pathOf } from '../syntax/paths.ts'
import { memberKey, unwrap } from '../syntax/syntax.ts'
import { perFile } from '../per-file.ts'
import { visited } from '../visits.ts'

/**
 * The question of a comparison:
 * - `equal`: whether two values are the same
 * - `contains`: whether the right one is in the left one, a text or a list
 */
type Question = 'equal' | 'contains'

/** Two values that are compared in a time that depends on them. */
export interface Comparison {
  readonly node: Node
  readonly left: Node
  readonly right: Node
  readonly question: Question
  /** How messages call it: `===`, `Buffer.compare`. */
  readonly operation: string
  /** Whether it could be replaced by a test: `same` if that has to be true, `different` if it has to be false. */
  readonly result?: 'same' | 'different'
}

const OPERATORS: ReadonlyMap<string, Comparison['result']> = new Map([
  ['==', 'same'],
  ['===', 'same'],
  ['!=', 'different'],
  ['!==', 'different'],
])

/** Methods that compare what they are called on with their first argument. */
const METHODS: ReadonlyMap<string, Question> = new Map([
  ['localeCompare', 'equal'],
  ['equals', 'equal'],
  ['compare', 'equal'],
  ['startsWith', 'contains'],
  ['endsWith', 'contains'],
  ['includes', 'contains'],
  ['indexOf', 'contains'],
  ['lastIndexOf', 'contains'],
  ['search', 'contains'],
  ['match', 'contains'],
])

/** Functions whose result is whether their first two arguments are the same. */
const TESTS = new RegExp(
  [
    'Object\\.is|util\\.isDeepStrictEqual',
    '(?:lodash|underscore|lodash-es)[./](?:isEqual|eq)|lodash\\.isequal|ramda\\.equals',
    '(?:fast-)?deep-equal|dequal(?:/lite)?(?:\\.dequal)?|react-fast-compare',
  ]
    .map((path) => `^(?:${path})$`)
    .join('|'),
)

/** Other functions that compare their first two arguments. */
const COMPARERS =
  /^(?:(?:buffer\.)?Buffer\.compare|assert(?:\/strict|\.strict)?\.(?:not)?(?:equal|strictEqual|deepEqual|deepStrictEqual|Equal|StrictEqual|DeepEqual|DeepStrictEqual))$/

/** Their names, under which they are mostly imported too; spares other calls the search for their path. */
const MAY_COMPARE = /eq|is|same|compar|assert/i

/** A word that every file with a comparison contains, apart from operators. */
export const COMPARING_TEXT =
  /[!=]=|switch|\.(?:localeCompare|equals|compare|startsWith|endsWith|includes|indexOf|lastIndexOf|search|match)\b|equal|Object\.is/i

/** All comparisons of a file. */
export const comparisonsOf = perFile((_question: 'all', source) =>
  visited(source, 'BinaryExpression', 'SwitchStatement', 'CallExpression').flatMap((node) =>
    comparisonsIn(node, source),
  ),
)

function comparisonsIn(node: Node, source: SourceCode): Comparison[] {
  switch (node.type) {
    case 'BinaryExpression':
      return OPERATORS.has(node.operator) ? [ofOperator(node)] : []
    case 'SwitchStatement':
      return ofSwitch(node)
    case 'CallExpression':
      return ofCall(node, source)
    default:
      return []
  }
}

function ofOperator(node: TSESTree.BinaryExpression): Comparison {
  const { operator } = node
  const result = OPERATORS.get(operator)
  const [left, right] = elementwise(node.left, node.right)
  const isWhole = left === node.left
  return {
    node,
    left,
    right,
    question: 'equal',
    operation: operator,
    ...(isWhole && result !== undefined ? { result } : {}),
  }
}

/** `a` and `b` instead of `a[at]` and `b[at]`: a comparison that goes through both compares the whole of them. */
function elementwise(left: Node, right: Node): [Node, Node] {
  const [one, other] = [unwrap(left), unwrap(right)]
  if (
    one.type !== 'MemberExpression' ||
    other.type !== 'MemberExpression' ||
    one.property.type !== 'Identifier' ||
    other.property.type !== 'Identifier'
  ) {
    return [left, right]
  }
  const isTogether = isPick(one) && isPick(other) && one.property.name === other.property.name
  return isTogether ? [one.object, other.object] : [left, right]
}

function ofSwitch({ discriminant, cases }: TSESTree.SwitchStatement): Comparison[] {
  return cases.flatMap(({ test }) =>
    test === null
      ? []
      : [{ node: test, left: discriminant, right: test, question: 'equal', operation: 'switch' }],
  )
}

function ofCall(call: CallExpression, source: SourceCode): Comparison[] {
  const [left, right] = call.arguments
  const callee = unwrap(call.callee)
  const method = callee.type === 'MemberExpression' ? (memberKey(callee) ?? '') : ''
  if (left === undefined) return []
  if (right !== undefined && MAY_COMPARE.test(lastName(callee) ?? '')) {
    const operation = pathOf(callee, source) ?? ''
    const result = TESTS.test(operation) ? ({ result: 'same' } as const) : {}
    const isFound = TESTS.test(operation) || COMPARERS.test(operation)
    if (isFound) return [{ node: call, left, right, question: 'equal', operation, ...result }]
  }
  // `bcrypt.compare(password, hash)` compares its arguments, and takes care to.
  if (right !== undefined && /^(?:compare|equals)$/.test(method)) return []
  const question = METHODS.get(method)
  if (callee.type !== 'MemberExpression' || question === undefined) return []
  return [{ node: call, left: callee.object, right: left, question, operation: method }]
}
