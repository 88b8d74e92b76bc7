import type { CallExpression, Identifier, Node, SourceCode } from '../engine/syntax/nodes.ts'
import { variableOf } from '../engine/syntax/constants.ts'
import { lastName } from '../engine/syntax/paths.ts'
import { keyOf, parentOf, unwrap } from '../engine/syntax/syntax.ts'

/** Nodes that have the value of what is in them. */
const SAME: ReadonlySet<string> = new Set([
  'TSAsExpression',
  'TSNonNullExpression',
  'TSSatisfiesExpression',
  'TSTypeAssertion',
  'ChainExpression',
])

/** Functions that take an absent value for one of its kind: `Number(undefined)` is NaN, behind which a fallback may stand. */
const CONVERTS = new Set<string>(['Boolean', 'Number', 'String', 'parseInt', 'parseFloat'])

/** Whether a place ends the program or goes on without a variable; undefined where it shows neither. */
export type Need = 'required' | 'optional' | undefined

/** Whether code that reads a variable at `read` needs it. */
export function needOf(read: Node, source: SourceCode): Need {
  if (read.type === 'BinaryExpression') return 'optional'
  if (read.type !== 'Property') return needOfValue(read, source)
  const target = read.value
  if (target.type === 'AssignmentPattern') return 'optional'
  return isName(target) ? needOfName(target, source) : undefined
}

function needOfValue(node: Node, source: SourceCode): Need {
  const parent = parentOf(node)
  if (parent === undefined) return undefined
  if (SAME.has(parent.type)) return needOfValue(parent, source)
  switch (parent.type) {
    case 'LogicalExpression':
      // On the right, it is one of several ways, or is reached only on a condition.
      return leaves(parent) ? 'required' : 'optional'
    case 'UnaryExpression':
      return parent.operator === '!' ? needOfNegation(parent) : 'optional'
    case 'ConditionalExpression':
      return parent.test === node ? 'optional' : needOfValue(parent, source)
    case 'IfStatement':
    case 'BinaryExpression':
      return 'optional'
    case 'MemberExpression':
      return parent.object === node && parent.optional ? 'optional' : undefined
    case 'Property':
      return DEFAULTS.has(keyOf(parent) ?? '') ? 'optional' : undefined
    case 'CallExpression':
      return needOfConverted(parent, source)
    case 'AssignmentPattern':
      return isName(parent.left) ? needOfName(parent.left, source) : undefined
    case 'VariableDeclarator':
      return isName(parent.id) ? needOfName(parent.id, source) : undefined
    default:
      return undefined
  }
}

/** Names of options for which nothing stands in where they are absent. */
const DEFAULTS: ReadonlySet<string> = new Set(['default', 'defaultValue', 'fallback'])

/** `Number(x)` alone needs the variable; with a fallback, or as a condition, it does not. */
function needOfConverted(call: CallExpression, source: SourceCode): Need {
  const name = lastName(call.callee) ?? ''
  if (!CONVERTS.has(name)) return undefined
  return name === 'Boolean' ? 'optional' : needOfValue(call, source)
}

/** `!x` is the test that ends a program, or one behind which it goes on. */
function needOfNegation(node: Node): Need {
  const parent = parentOf(node)
  if (parent?.type === 'LogicalExpression') return needOfNegation(parent)
  const isTest = parent?.type === 'IfStatement' && parent.test === node
  return isTest && ends(parent.consequent) ? 'required' : 'optional'
}

/** `x || process.exit(1)`, `x ?? fail()` */
function leaves({ right }: { readonly right: Node }): boolean {
  return isEnd(unwrap(right))
}

function ends(statement: Node): boolean {
  if (statement.type === 'BlockStatement') return statement.body.some(ends)
  if (statement.type === 'ThrowStatement') return true
  return statement.type === 'ExpressionStatement' && isEnd(unwrap(statement.expression))
}

const isEnd = (node: Node) =>
  node.type === 'CallExpression' &&
  /^(?:exit|abort|fail|panic|raise)$/.test(lastName(node.callee) ?? '')

const isName = (node: Node): node is Identifier => node.type === 'Identifier'

/** A name is needed where one of its uses ends the program without it. */
function needOfName(name: Identifier, source: SourceCode): Need {
  const uses = variableOf(name, source)?.references.filter((use) => use.isRead()) ?? []
  const nodes = uses.map(({ identifier }) => identifier as Node)
  if (nodes.some((use) => isRequiredBy(use))) return 'required'
  const others = nodes.filter((use) => parentOf(use)?.type !== 'VariableDeclarator')
  return others.map((use) => needOfValue(use, source)).find((need) => need !== undefined)
}

/** `if (!name) throw …`, with others beside it or not. */
function isRequiredBy(use: Node): boolean {
  const negation = parentOf(use)
  if (negation?.type !== 'UnaryExpression' || negation.operator !== '!') return false
  let test: Node = negation
  for (let above = parentOf(test); above?.type === 'LogicalExpression'; above = parentOf(above)) {
    test = above
  }
  const statement = parentOf(test)
  return statement?.type === 'IfStatement' && statement.test === test && ends(statement.consequent)
}
