import type { Node, SourceCode } from '../syntax/nodes.ts'
import type { LocalCode } from '../code/local-code.ts'
import type { NamePolicy } from '../naming/name-policy.ts'
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
] as const

/** A node of such a kind. */
export type SinkNode = Extract<Node, { type: (typeof SINK_TYPES)[number] }>

/** The context in which a family recognises its sinks. */
export interface SinkContext {
  readonly source: SourceCode
  readonly code: LocalCode
  readonly types: TypeFacts | undefined
  /** Further names of loggers, from the rule's options. */
  readonly loggers: ReadonlySet<string>
}

/** Sinks of one kind: logs, errors, responses, telemetry, command lines. */
export interface SinkFamily {
  /** Which secret names count here. */
  readonly names: NamePolicy
  /** Whether a file of this text could have such a sink at all. Cheap, so it is asked first. */
  mayBeIn(text: string): boolean
  /** The values that leave by `node`, if it is such a sink. */
  find(node: SinkNode, context: SinkContext): Sink | undefined
}
