import type { AST_NODE_TYPES, TSESLint } from '@typescript-eslint/utils'
import type { ByType, Node, SourceCode } from './syntax/nodes.ts'
import { descend } from './syntax/syntax.ts'

/** A type of node that can be visited. */
export type VisitedType = `${AST_NODE_TYPES}`

/** The handlers of each node of a type. */
export type Visitors = ByType<void>

type Context = Readonly<TSESLint.RuleContext<string, readonly unknown[]>>

type NodesByType = ReadonlyMap<string, Node[]>

const COLLECTED = new WeakMap<SourceCode, NodesByType>()

/** One step of ESLint's own walk through a file, which it keeps; TSESLint does not know of it. */
interface TraversalStep {
  /** 1 at a node, 2 for an event of the code path. */
  readonly kind: number
  /** 1 on the way in, 2 on the way out. */
  readonly phase?: number
  readonly target: unknown
}

interface Traversable {
  traverse(): Iterable<TraversalStep>
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
        nodes.get(type)?.forEach(visitor as (node: Node) => void)
      }
      atEnd()
    },
  }
}

function nodesOf(source: SourceCode): NodesByType {
  const known = COLLECTED.get(source)
  if (known !== undefined) return known
  const nodes = new Map<string, Node[]>()
  for (const node of everyNode(source)) {
    const alike = nodes.get(node.type)
    if (alike === undefined) nodes.set(node.type, [node])
    else alike.push(node)
  }
  COLLECTED.set(source, nodes)
  return nodes
}

/** Every node of a file from top to bottom: by the walk that ESLint keeps, or by an own one, since oxlint has none. */
function* everyNode(source: SourceCode): Generator<Node> {
  const { traverse } = source as Partial<Traversable>
  if (traverse === undefined) {
    yield* descend(source.ast, source.visitorKeys)
    return
  }
  for (const { kind, phase, target } of traverse.call(source)) {
    if (kind === 1 && phase === 1) yield target as Node
  }
}

/** The nodes of some types, type by type. */
export function visited<T extends VisitedType>(
  source: SourceCode,
  ...types: readonly T[]
): Extract<Node, { type: T }>[] {
  const nodes = nodesOf(source)
  return types.flatMap((type) => (nodes.get(type) ?? []) as Extract<Node, { type: T }>[])
}

/** The same visitor for several types. */
export function visitAll<T extends VisitedType>(
  types: readonly T[],
  visitor: (node: Extract<Node, { type: T }>) => void,
): Visitors {
  return Object.fromEntries(types.map((type) => [type, visitor]))
}
