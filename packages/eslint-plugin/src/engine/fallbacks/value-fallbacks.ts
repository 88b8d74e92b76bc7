import type { TSESTree } from '@typescript-eslint/utils'
import type { CallExpression, Node, ObjectExpression, SourceCode } from '../syntax/nodes.ts'
import { constantValue } from '../syntax/constants.ts'
import { describe, lastName } from '../syntax/paths.ts'
import {
  enclosing,
  type FunctionNode,
  isFunction,
  keyOf,
  unwrap,
  within,
} from '../syntax/syntax.ts'
import { type Fallback, replaceBy } from './fallback.ts'
import { isConfiguration, type Named, secretNamed, secretRead } from './secret-read.ts'
import { keysGivenTo } from '../key-length/given-keys.ts'
import { isHarmlessProperty, isSecretGiver } from '../naming/names.ts'

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

/** Functions and methods that make the same secret of another form. */
const MAKERS =
  /^(?:from|of|encode|String|toString|trim|padStart|padEnd|slice|scryptSync|pbkdf2Sync|createSecretKey|update|digest)$/

/** The secret that `node` is kept as, if its source has no other meaning: `secret: process.env.COOKIE ?? 'x'`. */
function keptAs(node: Node, from: Node, source: SourceCode): Named | undefined {
  if (isHarmlessProperty(lastName(from) ?? '')) return undefined
  const named = secretNamed(placeOf(node)) ?? givenAs(node, source)
  return (
    named && { ...named, isConfiguration: named.isConfiguration || isConfiguration(from, source) }
  )
}

/** `jwt.sign(claims, process.env.SIGNING ?? 'x')` */
function givenAs(node: Node, source: SourceCode): Named | undefined {
  const { parent: call } = node
  if (call?.type !== 'CallExpression') return undefined
  const isKey = keysGivenTo(call, source).some((key) => key.node === node)
  const what = `The key of ${describe(call.callee)}`
  return isKey ? { what, name: 'key', isConfiguration: true } : undefined
}

/** The name under which `node`, or what is made of it, is kept or given back. */
function placeOf(node: Node | undefined): string | undefined {
  const parent = node?.parent
  switch (parent?.type) {
    case 'VariableDeclarator':
      return lastName(parent.id)
    case 'AssignmentExpression':
      return lastName(parent.left)
    case 'Property':
    case 'PropertyDefinition':
    case 'MethodDefinition':
      return keyOf(parent)
    case 'TSAsExpression':
    case 'TSNonNullExpression':
    case 'MemberExpression':
      return placeOf(parent)
    case 'CallExpression':
      return MAKERS.test(lastName(parent.callee) ?? '') ? placeOf(parent) : undefined
    case 'ArrowFunctionExpression':
    case 'ReturnStatement':
      return givenBy(isFunction(parent) ? parent : enclosing(parent, isFunction))
    default:
      return undefined
  }
}

/** `jwtSecret` for the function `getJwtSecret`. */
function givenBy(owner: FunctionNode | undefined): string | undefined {
  const name = owner?.type === 'FunctionDeclaration' ? owner.id?.name : placeOf(owner)
  return name !== undefined && isSecretGiver(name) ? name.replace(/^[a-z]+_?/, '') : undefined
}
