import { AST_NODE_TYPES, type TSESTree } from '@typescript-eslint/utils'

/** Expressions with the value of what stands in them. */
const TRANSPARENT: ReadonlySet<string> = new Set([
  AST_NODE_TYPES.TSAsExpression,
  AST_NODE_TYPES.TSNonNullExpression,
  AST_NODE_TYPES.TSSatisfiesExpression,
  AST_NODE_TYPES.TSTypeAssertion,
  AST_NODE_TYPES.ChainExpression,
  AST_NODE_TYPES.AwaitExpression,
])

/** Nodes that only look whether something is there, or name its type. */
const LOOKING: ReadonlySet<string> = new Set([
  AST_NODE_TYPES.UnaryExpression,
  AST_NODE_TYPES.ConditionalExpression,
  AST_NODE_TYPES.LogicalExpression,
  AST_NODE_TYPES.SequenceExpression,
  AST_NODE_TYPES.IfStatement,
  AST_NODE_TYPES.ExpressionStatement,
  AST_NODE_TYPES.TSTypeQuery,
  AST_NODE_TYPES.TSQualifiedName,
])

/** Assignments that leave nothing of what was there before. */
const WRITES: ReadonlySet<string> = new Set(['=', '??=', '||=', '&&='])

/** Whether the value of `parent` is, or may be, that of `node` in it. */
export function givesOn(node: TSESTree.Node, parent: TSESTree.Node): boolean {
  switch (parent.type) {
    case AST_NODE_TYPES.ConditionalExpression:
      return parent.test !== node
    case AST_NODE_TYPES.LogicalExpression:
      return parent.right === node || parent.operator !== '&&'
    case AST_NODE_TYPES.SequenceExpression:
      return parent.expressions.at(-1) === node
    default:
      return TRANSPARENT.has(parent.type)
  }
}

/** Whether `member` is written to or deleted, and not read. */
export function isWritten(member: TSESTree.Node): boolean {
  const { parent } = member
  switch (parent?.type) {
    case AST_NODE_TYPES.ChainExpression:
    case AST_NODE_TYPES.TSNonNullExpression:
    case AST_NODE_TYPES.TSAsExpression:
      return isWritten(parent)
    case AST_NODE_TYPES.AssignmentExpression:
      return parent.left === member && WRITES.has(parent.operator)
    case AST_NODE_TYPES.UnaryExpression:
      return parent.operator === 'delete'
    default:
      return false
  }
}

/** Whether `parent` only looks whether something is there, or names its type. */
export function onlyLooks(parent: TSESTree.Node): boolean {
  return LOOKING.has(parent.type)
}
