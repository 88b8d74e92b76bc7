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

/** The handlers of each node of a type. */
export type Visitors = {
  readonly [T in VisitedType]?: (node: Extract<TSESTree.Node, { type: T }>) => void
}

type Context = Readonly<TSESLint.RuleContext<string, readonly unknown[]>>

type NodesByType = ReadonlyMap<string, TSESTree.Node[]>

const COLLECTED = new WeakMap<TSESLint.SourceCode, NodesByType>()

/** One step of ESLint's own walk through a file, which it keeps; TSESLint does not know of it. */
interface TraversalStep {
  /** 1 at a node, 2 for an event of the code path. */
  readonly kind: number
  /** 1 on the way in, 2 on the way out. */
  readonly phase?: number
  readonly target: unknown
}

/**
 * Visits the nodes of a file at its end, type by type in the order of `visitors`, those of one type from top to bottom,
 * and calls `atEnd` after them. ESLint takes longer to find the listeners for a node than most of ours take to see
 * that it is none of their business, so it is asked once for all nodes and all rules.
 */
export function visit(
  { sourceCode }: Context,
  visitors: Visitors,
  atEnd: () => void = () => undefined,
): TSESLint.RuleListener {
  return {
    'Program:exit'() {
      const nodes = nodesOf(sourceCode)
      for (const [type, visitor] of Object.entries(visitors)) {
        nodes.get(type)?.forEach(visitor as (node: TSESTree.Node) => void)
      }
      atEnd()
    },
  }
}

function nodesOf(source: TSESLint.SourceCode): NodesByType {
  const known = COLLECTED.get(source)
  if (known !== undefined) return known
  const nodes = new Map(TYPES.map((type) => [type as string, [] as TSESTree.Node[]]))
  const walk = source as unknown as { traverse(): Iterable<TraversalStep> }
  for (const { kind, phase, target } of walk.traverse()) {
    if (kind !== 1 || phase !== 1) continue
    const node = target as TSESTree.Node
    nodes.get(node.type)?.push(node)
  }
  COLLECTED.set(source, nodes)
  return nodes
}

/** The nodes of some types, type by type. */
export function visited<T extends VisitedType>(
  source: TSESLint.SourceCode,
  ...types: readonly T[]
): Extract<TSESTree.Node, { type: T }>[] {
  const nodes = nodesOf(source)
  return types.flatMap((type) => nodes.get(type) as Extract<TSESTree.Node, { type: T }>[])
}

/** The same visitor for several types. */
export function visitAll<T extends VisitedType>(
  types: readonly T[],
  visitor: (node: Extract<TSESTree.Node, { type: T }>) => void,
): Visitors {
  return Object.fromEntries(types.map((type) => [type, visitor]))
}
