import type { Node } from '../syntax/nodes.ts'

/** Expressions with the value of what stands in them. */
const TRANSPARENT: ReadonlySet<string> = new Set([
  'TSAsExpression',
  'TSNonNullExpression',
  'TSSatisfiesExpression',
  'TSTypeAssertion',
  'ChainExpression',
  'AwaitExpression',
])

/** Nodes that only look whether something is there, or name its type. */
const LOOKING: ReadonlySet<string> = new Set([
  'UnaryExpression',
  'ConditionalExpression',
  'LogicalExpression',
  'SequenceExpression',
  'IfStatement',
  'ExpressionStatement',
  'TSTypeQuery',
  'TSQualifiedName',
])

/** Assignments that leave nothing of what was there before. */
const WRITES: ReadonlySet<string> = new Set(['=', '??=', '||=', '&&='])

/** Whether the value of `parent` is, or may be, that of `node` in it. */
export function givesOn(node: Node, parent: Node): boolean {
  switch (parent.type) {
    case 'ConditionalExpression':
      return parent.test !== node
    case 'LogicalExpression':
      return parent.right === node || parent.operator !== '&&'
    case 'SequenceExpression':
      return parent.expressions.at(-1) === node
    default:
      return TRANSPARENT.has(parent.type)
  }
}

/** Whether `member` is written to or deleted, and not read. */
export function isWritten(member: Node): boolean {
  const { parent } = member
  switch (parent?.type) {
    case 'ChainExpression':
    case 'TSNonNullExpression':
    case 'TSAsExpression':
      return isWritten(parent)
    case 'AssignmentExpression':
      return parent.left === member && WRITES.has(parent.operator)
    case 'UnaryExpression':
      return parent.operator === 'delete'
    default:
      return false
  }
}

/** Whether `parent` only looks whether something is there, or names its type. */
export function onlyLooks(parent: Node): boolean {
  return LOOKING.has(parent.type)
}
