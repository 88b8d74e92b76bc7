import type { TSESLint, TSESTree } from '@typescript-eslint/utils'
import { createRule } from '../create-rule.ts'
import { analysisOf } from '../engine/analysis.ts'
import type { Leak } from '../engine/flow.ts'
import { describe } from '../engine/paths.ts'
import type { Sink, SinkFamily, SinkNode } from '../engine/sinks/sink.ts'

/** The options of every rule about values that leave the program. */
export interface OutputOptions {
  /** Further names of loggers, beside `log` and `logger` and whatever has a logger's type. */
  readonly loggers?: readonly string[]
  /** Names of functions whose result may leave. */
  readonly sanitizers?: readonly string[]
}

/** The options of a rule that knows secrets by their type or by `expose()`. */
export interface CertainOptions extends OutputOptions {
  /** Whether to report a `Secret` itself, which shows only its label. */
  readonly secretObjects?: boolean
}

const NAMES = { type: 'array', items: { type: 'string' }, uniqueItems: true } as const

/** The JSON schema of {@link OutputOptions}. */
export const OUTPUT_SCHEMA = {
  type: 'object',
  description: 'What else is a logger, and what makes a secret fit to leave.',
  additionalProperties: false,
  properties: {
    loggers: { ...NAMES, description: 'Names of further loggers.' },
    sanitizers: { ...NAMES, description: 'Names of functions whose result may leave.' },
  },
} as const

const CERTAIN_SCHEMA = {
  ...OUTPUT_SCHEMA,
  properties: {
    ...OUTPUT_SCHEMA.properties,
    secretObjects: {
      type: 'boolean',
      description: 'Whether to report a Secret itself, which shows only its label.',
    },
  },
} as const

/** What sets one such rule apart from the others. */
interface OutputRule {
  readonly name: string
  readonly description: string
  /** In the Common Weakness Enumeration: `CWE-532`. */
  readonly cwe: string
  readonly family: SinkFamily
  /** What to do about a value that leaves, as a sentence. */
  readonly advice: string
}

/** Makes the rule that keeps what comes out of a `Secret`, and a `Secret` itself, from the sinks of one family. */
export function createOutputRule({ name, description, cwe, family, advice }: OutputRule) {
  return createRule<[CertainOptions], 'exposedSecret' | 'secretObject'>({
    name,
    meta: {
      type: 'problem',
      docs: { description, cwe },
      messages: {
        exposedSecret: `The value that {{source}} (line {{line}}) takes out of a Secret reaches {{sink}}. ${advice}`,
        secretObject:
          'A Secret, or something that holds one ({{source}}, line {{line}}), is given to {{sink}}. It shows only its label, so say so: give `.label`.',
      },
      schema: [CERTAIN_SCHEMA],
      defaultOptions: [{ secretObjects: true }],
    },
    create(context, [options]) {
      return onLeaks(context, [family], options, (node, { kind, source }, sink) => {
        if (kind === 'name' || (kind === 'secret' && options.secretObjects === false)) return
        const messageId = kind === 'exposed' ? 'exposedSecret' : 'secretObject'
        context.report({ node, messageId, data: leakData(source, sink) })
      })
    },
  })
}

/** What the messages say of a leak; names only, since the text of the code may hold a secret. */
export function leakData(source: TSESTree.Node, sink: Sink) {
  return { sink: sink.name, source: describe(source), line: source.loc.start.line }
}

/** Calls `found` for every expression that gives something away to a sink, after the whole file was read. */
export function onLeaks(
  context: Readonly<TSESLint.RuleContext<string, readonly unknown[]>>,
  families: readonly SinkFamily[],
  options: OutputOptions,
  found: (given: TSESTree.Node, leak: Leak, sink: Sink) => void,
): TSESLint.RuleListener {
  const { text } = context.sourceCode
  const possible = families.filter((family) => family.mayBeIn(text))
  if (possible.length === 0) return {}
  const nodes: SinkNode[] = []
  const keep = (node: SinkNode) => void nodes.push(node)
  return {
    CallExpression: keep,
    NewExpression: keep,
    TaggedTemplateExpression: keep,
    AssignmentExpression: keep,
    ThrowStatement: keep,
    'Program:exit'() {
      const analysis = analysisOf(context)
      const taint = analysis.taintWith(options.sanitizers ?? [])
      const known = { ...analysis, loggers: new Set(options.loggers) }
      for (const family of possible) {
        for (const sink of nodes.map((node) => family.find(node, known))) {
          if (sink === undefined) continue
          for (const given of sink.given) {
            const leak = taint.of(given, sink.through)
            if (leak !== undefined) found(given, leak, sink)
          }
        }
      }
    },
  }
}
