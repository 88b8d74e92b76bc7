import type { LocalCode } from '../code/local-code.ts'
import type { Node, SourceCode } from '../syntax/nodes.ts'
import type { LeakKind } from '../taint/flow.ts'
import type { TypeFacts } from '../types/type-facts.ts'

/** A place where values leave the program. */
export interface Sink {
  readonly node: Node
  /** How messages call it: `request.log.info`. */
  readonly name: string
  /** The expressions whose values leave. */
  readonly given: readonly Node[]
  /** The method that hands what it is called on to a callback that is a sink: `map` in `secret.map(console.log)`. */
  readonly through?: string
  /** The result made of the given value, if that has to show a secret too: a class of the file may drop what it is given. */
  readonly whole?: Node
  /** The kinds of leak that count here; all by default. */
  readonly kinds?: ReadonlySet<LeakKind>
}

/** The kinds of node of a sink. */
export const SINK_TYPES = [
  'CallExpression',
  'NewExpression',
  'TaggedTemplateExpression',
  'AssignmentExpression',
  'ThrowStatement',
  'ExportNamedDeclaration',
  'MethodDefinition',
  'JSXExpressionContainer',
  'JSXSpreadAttribute',
  'Program',
] as const

/** A node of such a kind. */
export type SinkNode = Extract<Node, { type: (typeof SINK_TYPES)[number] }>

/** The context in which a sink is recognised. */
export interface SinkContext {
  readonly source: SourceCode
  readonly code: LocalCode
  readonly types: TypeFacts | undefined
  /** Further names of loggers, from the rule's options. */
  readonly loggers: ReadonlySet<string>
}
