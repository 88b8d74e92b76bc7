import type { AST_NODE_TYPES, TSESLint, TSESTree } from '@typescript-eslint/utils'

/** Any node of a syntax tree. What is not written is absent or, in oxlint, null: read it with `?.`. */
export type Node = TSESTree.Node
/** A call; `new X()` is a `NewExpression`. */
export type CallExpression = TSESTree.CallExpression
/** `new X()` */
export type NewExpression = TSESTree.NewExpression
/** A name. */
export type Identifier = TSESTree.Identifier
/** `x.key`, `x[key]` */
export type MemberExpression = TSESTree.MemberExpression
/** A property of an object literal or of a pattern. */
export type Property = TSESTree.Property
/** An object literal. */
export type ObjectExpression = TSESTree.ObjectExpression
/** A name of a scope, with all its definitions and uses. */
export type Variable = TSESLint.Scope.Variable
/** A file that is linted: its text, tree and scopes. */
export type SourceCode = TSESLint.SourceCode
/** Handlers of nodes, by the type of the node. */
export type ByType<Result, Rest extends readonly unknown[] = []> = {
  readonly [T in AST_NODE_TYPES]?: (node: Extract<Node, { type: T }>, ...rest: Rest) => Result
}
