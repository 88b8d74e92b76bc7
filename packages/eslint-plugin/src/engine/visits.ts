import { AST_NODE_TYPES, type TSESLint, type TSESTree } from '@typescript-eslint/utils'

/** The types of node that some rule looks at. Names, of which there are most, are none of them. */
const TYPES = [
  AST_NODE_TYPES.ArrowFunctionExpression,
  AST_NODE_TYPES.AssignmentExpression,
  AST_NODE_TYPES.AssignmentPattern,
  AST_NODE_TYPES.BinaryExpression,
  AST_NODE_TYPES.CallExpression,
  AST_NODE_TYPES.ConditionalExpression,
  AST_NODE_TYPES.ExportAllDeclaration,
  AST_NODE_TYPES.ExportDefaultDeclaration,
  AST_NODE_TYPES.ExportNamedDeclaration,
  AST_NODE_TYPES.FunctionDeclaration,
  AST_NODE_TYPES.ImportDeclaration,
  AST_NODE_TYPES.ImportExpression,
  AST_NODE_TYPES.Literal,
  AST_NODE_TYPES.LogicalExpression,
  AST_NODE_TYPES.MemberExpression,
  AST_NODE_TYPES.MetaProperty,
  AST_NODE_TYPES.MethodDefinition,
  AST_NODE_TYPES.NewExpression,
  AST_NODE_TYPES.ObjectExpression,
  AST_NODE_TYPES.Property,
  AST_NODE_TYPES.PropertyDefinition,
  AST_NODE_TYPES.ReturnStatement,
  AST_NODE_TYPES.SwitchStatement,
  AST_NODE_TYPES.TaggedTemplateExpression,
  AST_NODE_TYPES.TemplateLiteral,
  AST_NODE_TYPES.ThrowStatement,
  AST_NODE_TYPES.TSAsExpression,
  AST_NODE_TYPES.TSImportEqualsDeclaration,
  AST_NODE_TYPES.TSParameterProperty,
  AST_NODE_TYPES.TSTypeAssertion,
  AST_NODE_TYPES.VariableDeclarator,
  AST_NODE_TYPES.YieldExpression,
] as const

/** A type of node that can be visited. */
export type VisitedType = `${(typeof TYPES)[number]}`

/** What to do with each node of a type. */
export type Visitors = {
  readonly [T in VisitedType]?: (node: Extract<TSESTree.Node, { type: T }>) => void
}

type Context = Readonly<TSESLint.RuleContext<string, readonly unknown[]>>

const COLLECTED = new WeakMap<TSESLint.SourceCode, ReadonlyMap<string, TSESTree.Node[]>>()

/**
 * Visits the nodes of a file at its end, type by type in the order of `visitors`, those of one type from top to bottom,
 * and calls `atEnd` after them. ESLint takes longer to find the listeners for a node than most of ours take to see
 * that it is none of their business, so it is asked once for all rules.
 */
export function visit(
  { sourceCode }: Context,
  visitors: Visitors,
  atEnd: () => void = () => undefined,
): TSESLint.RuleListener {
  const known = COLLECTED.get(sourceCode)
  const nodes = known ?? new Map(TYPES.map((type) => [type, [] as TSESTree.Node[]]))
  COLLECTED.set(sourceCode, nodes)
  return {
    ...(known === undefined ? collecting(nodes) : {}),
    'Program:exit'() {
      for (const [type, visitor] of Object.entries(visitors)) {
        nodes.get(type)?.forEach(visitor as (node: TSESTree.Node) => void)
      }
      atEnd()
    },
  }
}

function collecting(nodes: ReadonlyMap<string, TSESTree.Node[]>): TSESLint.RuleListener {
  return Object.fromEntries(
    Array.from(nodes, ([type, some]) => [type, (node: TSESTree.Node) => void some.push(node)]),
  )
}

/** The nodes of some types, type by type, once {@link visit} is at the end of the file. */
export function visited<T extends VisitedType>(
  source: TSESLint.SourceCode,
  ...types: readonly T[]
): Extract<TSESTree.Node, { type: T }>[] {
  const nodes = types.flatMap((type) => COLLECTED.get(source)?.get(type) ?? [])
  return nodes as Extract<TSESTree.Node, { type: T }>[]
}

/** The same visitor for several types. */
export function visitAll<T extends VisitedType>(
  types: readonly T[],
  visitor: (node: Extract<TSESTree.Node, { type: T }>) => void,
): Visitors {
  return Object.fromEntries(types.map((type) => [type, visitor]))
}
