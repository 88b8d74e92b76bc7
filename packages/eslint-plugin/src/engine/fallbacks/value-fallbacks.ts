import type { TSESTree } from '@typescript-eslint/utils'
import type { CallExpression, Node, ObjectExpression, SourceCode } from '../syntax/nodes.ts'
import { constantValue } from '../syntax/constants.ts'
import { lastName } from '../syntax/paths.ts'
import { enclosing, isFunction, keyOf, unwrap, within } from '../syntax/syntax.ts'
import { type Fallback, replaceBy } from './fallback.ts'
import { keptAs } from './kept-secret.ts'
import { secretNamed, secretRead } from './secret-read.ts'

type Find<T extends Node> = (node: T, source: SourceCode) => Fallback[]

/** `secret ?? 'x'`, `secret || 'x'` */
export const inOperator: Find<TSESTree.LogicalExpression> = (node, source) => {
  const { left, right, operator } = node
  if (operator === '&&') return []
  const named = secretRead(left, source) ?? keptAs(node, left, source)
  return named === undefined ? [] : [{ named, value: right, remove: replaceBy(node, left, source) }]
}

/** `secret ? secret : 'x'`, `isProduction ? secret : 'x'` */
export const inCondition: Find<TSESTree.ConditionalExpression> = (node, source) => {
  const { consequent, alternate } = node
  return [
    { kept: consequent, value: alternate },
    { kept: alternate, value: consequent },
  ].flatMap(({ kept, value }) => {
    const named = secretRead(kept, source)
    return named === undefined ? [] : [{ named, value, remove: replaceBy(node, kept, source) }]
  })
}

/** `secret ??= 'x'`, and `if (!secret) secret = 'x'` */
export const inAssignment: Find<TSESTree.AssignmentExpression> = (node, source) => {
  const { left, right, operator, parent } = node
  const named = secretRead(left, source)
  if (named === undefined) return []
  if (operator === '=') return isOnlyIfMissing(node, left, source) ? [{ named, value: right }] : []
  if (operator !== '??=' && operator !== '||=') return []
  const isStatement = parent.type === 'ExpressionStatement'
  return [{ named, value: right, ...(isStatement && { remove: (fixer) => fixer.remove(parent) }) }]
}

/** `if (!secret) return 'x'`, where the same function gives back the secret elsewhere. */
export const inReturn: Find<TSESTree.ReturnStatement> = (node, source) => {
  const { argument } = node
  const owner = argument === null || !isInIf(node) ? undefined : enclosing(node, isFunction)
  if (argument === null || owner?.body.type !== 'BlockStatement') return []
  const last = owner.body.body.at(-1)
  if (last?.type !== 'ReturnStatement' || last.argument === null) return []
  const named = secretRead(last.argument, source)
  const isEarly = last !== node && isOnlyIfMissing(node, last.argument, source)
  return named !== undefined && isEarly ? [{ named, value: argument }] : []
}

function isInIf({ parent }: TSESTree.ReturnStatement): boolean {
  const around = parent.type === 'BlockStatement' ? parent.parent : parent
  return around.type === 'IfStatement'
}

/** `{ secret = 'x' }`, `(secret = 'x') => …` */
export const inDefault: Find<TSESTree.AssignmentPattern> = (node, source) => {
  const { left, right, parent } = node
  const key = parent.type === 'Property' ? keyOf(parent) : undefined
  const named = secretNamed(key ?? lastName(left))
  return named === undefined ? [] : [{ named, value: right, remove: replaceBy(node, left, source) }]
}

/** `{ secret: 'x', ...given }` */
export const inSpread: Find<ObjectExpression> = ({ properties }) => {
  const last = properties.findLastIndex(({ type }) => type === 'SpreadElement')
  return properties.slice(0, Math.max(last, 0)).flatMap(ofProperty)
}

/** Functions that put objects over each other: where those stand that the others are put over. */
const MERGERS: ReadonlyMap<string, 'first' | 'last'> = new Map([
  ['assign', 'first'],
  ['extend', 'first'],
  ['merge', 'first'],
  ['deepmerge', 'first'],
  ['defaults', 'last'],
  ['defaultsDeep', 'last'],
  ['defu', 'last'],
])

/** `Object.assign({ secret: 'x' }, given)`, `defaults(given, { secret: 'x' })` */
export const inMerge: Find<CallExpression> = (node, source) => {
  const covered = MERGERS.get(lastName(node.callee) ?? '')
  if (covered === undefined) return []
  const objects = covered === 'first' ? node.arguments.slice(0, -1) : node.arguments.slice(1)
  return objects
    .map((argument) => constantValue(argument, source))
    .flatMap((object) => (object.type === 'ObjectExpression' ? object.properties : []))
    .flatMap(ofProperty)
}

function ofProperty(property: TSESTree.ObjectLiteralElement): Fallback[] {
  const isValue = property.type === 'Property' && !isFunction(property.value)
  const named = isValue ? secretNamed(keyOf(property)) : undefined
  return isValue && named !== undefined ? [{ named, value: property.value }] : []
}

/** Whether `node` is reached only if `secret` is missing: it stands in an `if` that asks for it. */
function isOnlyIfMissing(node: Node, secret: Node, source: SourceCode): boolean {
  const around = enclosing(
    node,
    (each): each is TSESTree.IfStatement => each.type === 'IfStatement',
  )
  if (around === undefined || !within(node, around.consequent)) return false
  const bare = source.getText(unwrap(secret))
  return missingIn(around.test).some((each) => source.getText(unwrap(each)) === bare)
}

/** The expression that is missing if `test` holds: `x` of `!x`, `x === undefined`, `x == null || …`. */
function missingIn(test: Node): Node[] {
  switch (test.type) {
    case 'LogicalExpression':
      return [test.left, test.right].flatMap(missingIn)
    case 'UnaryExpression':
      return test.operator === '!' ? [test.argument] : []
    case 'BinaryExpression':
      return /^===?$/.test(test.operator) ? [test.left, test.right] : []
    default:
      return []
  }
}
