import type { TSESLint, TSESTree } from '@typescript-eslint/utils'
import type { Leak } from '../engine/flow.ts'
import { mayPrint, type Sink, sinkOf } from '../engine/sinks.ts'
import { Taint } from '../engine/taint.ts'
import { typeFacts } from '../engine/type-facts.ts'

/** The options of the rules about what is printed. */
export interface PrintOptions {
  /** Further names of loggers, beside `log` and `logger` and whatever has a logger's type. */
  readonly loggers?: readonly string[]
  /** Names of functions whose result may be printed. */
  readonly sanitizers?: readonly string[]
}

/** The JSON schema of {@link PrintOptions}. */
export const PRINT_SCHEMA = {
  type: 'object',
  description: 'What else is a logger, and what makes a secret printable.',
  additionalProperties: false,
  properties: {
    loggers: {
      type: 'array',
      items: { type: 'string' },
      uniqueItems: true,
      description: 'Names of further loggers.',
    },
    sanitizers: {
      type: 'array',
      items: { type: 'string' },
      uniqueItems: true,
      description: 'Names of functions whose result may be printed.',
    },
  },
} as const

/** Calls `found` for every printed expression of the file that gives something away, after the whole file was read. */
export function onSecretPrints(
  context: Readonly<TSESLint.RuleContext<string, readonly unknown[]>>,
  options: PrintOptions,
  found: (printed: TSESTree.Node, leak: Leak, sink: Sink) => void,
): TSESLint.RuleListener {
  const source = context.sourceCode
  if (!mayPrint(source.text)) return {}
  const calls: TSESTree.CallExpression[] = []
  return {
    CallExpression: (call) => void calls.push(call),
    'Program:exit'() {
      const types = typeFacts(context)
      const loggers = new Set(options.loggers)
      const taint = new Taint(source, types, new Set(options.sanitizers))
      for (const call of calls) {
        const sink = sinkOf(call, { source, types, loggers })
        for (const printed of sink?.printed ?? []) {
          const leak = taint.of(printed, sink?.through)
          if (sink !== undefined && leak !== undefined) found(printed, leak, sink)
        }
      }
    },
  }
}
