import type { TSESLint } from '@typescript-eslint/utils'
import type { Sink, SinkContext, SinkFamily, SinkNode } from './sink.ts'

/** The nodes of a file that may be sinks. */
interface SinkNodes {
  /** Complete at `Program:exit`. */
  readonly nodes: readonly SinkNode[]
  /** Collects them; empty where the listener of another rule already does. */
  readonly listener: TSESLint.RuleListener
}

const COLLECTED = new WeakMap<TSESLint.SourceCode, readonly SinkNode[]>()

/** Collects what may be a sink in the file of `source`, once for all rules that ask. */
export function sinkNodesOf(source: TSESLint.SourceCode): SinkNodes {
  const known = COLLECTED.get(source)
  if (known !== undefined) return { nodes: known, listener: {} }
  const nodes: SinkNode[] = []
  const keep = (node: SinkNode) => void nodes.push(node)
  COLLECTED.set(source, nodes)
  return {
    nodes,
    listener: {
      CallExpression: keep,
      NewExpression: keep,
      TaggedTemplateExpression: keep,
      AssignmentExpression: keep,
      ThrowStatement: keep,
      ExportNamedDeclaration: keep,
      MethodDefinition: keep,
    },
  }
}

type ByQuestion = Map<string, readonly Sink[]>

const FOUND = new WeakMap<TSESLint.SourceCode, Map<SinkFamily, ByQuestion>>()

/** The sinks of `family` among `nodes`, which are complete. Found once for all rules that ask with the same loggers. */
export function sinksAmong(
  nodes: readonly SinkNode[],
  family: SinkFamily,
  context: SinkContext,
): readonly Sink[] {
  const families = FOUND.get(context.source) ?? new Map<SinkFamily, ByQuestion>()
  const known: ByQuestion = families.get(family) ?? new Map<string, readonly Sink[]>()
  FOUND.set(context.source, families.set(family, known))
  const question = [...context.loggers].sort().join('\n')
  const sinks = known.get(question) ?? nodes.flatMap((node) => family.find(node, context) ?? [])
  known.set(question, sinks)
  return sinks
}
