import type { AST_NODE_TYPES, TSESLint, TSESTree } from '@typescript-eslint/utils'
import type { LocalCode } from '../code/local-code.ts'
import type { NamePolicy } from '../naming/name-policy.ts'
import type { TypeFacts } from '../types/type-facts.ts'

/** A place where values leave the program. */
export interface Sink {
  readonly node: TSESTree.Node
  /** How messages call it: `request.log.info`. */
  readonly name: string
  /** The expressions whose values leave. */
  readonly given: readonly TSESTree.Node[]
  /** The method that hands what it is called on to a callback that is a sink: `map` in `secret.map(console.log)`. */
  readonly through?: string
  /** What is made of what is given, if that has to show a secret too: a class of the file may drop what it is given. */
  readonly whole?: TSESTree.Node
}

/** What kinds of node a sink may be. */
export type SinkNode = Extract<
  TSESTree.Node,
  {
    type:
      | AST_NODE_TYPES.CallExpression
      | AST_NODE_TYPES.NewExpression
      | AST_NODE_TYPES.TaggedTemplateExpression
      | AST_NODE_TYPES.AssignmentExpression
      | AST_NODE_TYPES.ThrowStatement
      | AST_NODE_TYPES.ExportNamedDeclaration
      | AST_NODE_TYPES.MethodDefinition
  }
>

/** What a family needs to know to tell its sinks. */
export interface SinkContext {
  readonly source: TSESLint.SourceCode
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
  /** What leaves by `node`, if it is such a sink. */
  find(node: SinkNode, context: SinkContext): Sink | undefined
}
