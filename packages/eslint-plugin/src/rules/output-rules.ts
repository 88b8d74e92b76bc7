import type { Property, SourceCode } from '../engine/syntax/nodes.ts'
import { createRule } from '../create-rule.ts'
import { dropProperty, giveLabel, leakingProperty } from '../engine/leaks/leak-edits.ts'
import { keepPath } from '../engine/leaks/found-paths.ts'
import { type FoundLeak, onLeaks } from '../engine/leaks/leaks.ts'
import { describe } from '../engine/syntax/paths.ts'
import type { Output } from '../models/shows.ts'
import { flag, list, optionsOf } from './option-schema.ts'

/** The options of every rule about values that leave the program. */
export interface OutputOptions {
  /** Further names of loggers, beside `log` and `logger` and whatever has a logger's type. */
  readonly loggers?: readonly string[]
  /** Names of functions whose result may leave. */
  readonly sanitizers?: readonly string[]
}

/** The options of a rule that knows secrets by their type or by `expose()`. */
interface CertainOptions extends OutputOptions {
  /** Whether to report a `Secret` itself, which shows only its label. */
  readonly secretObjects?: boolean
}

/** The JSON schemas of {@link OutputOptions}. */
export const LOGGERS = { loggers: list('Names of further loggers.') }
export const SANITIZERS = { sanitizers: list('Names of functions whose result may leave.') }
/** The description of these options. */
export const OUTPUT = 'What else is a logger, and what makes a secret fit to leave.'

/** The suggestions of the rules. */
export const SUGGESTIONS = {
  giveLabel: 'Give its label.',
  dropProperty: 'Leave out the property {{property}}.',
} as const

/** The properties of one such rule among the others. */
interface OutputRule {
  readonly name: string
  readonly description: string
  /** In the Common Weakness Enumeration: `CWE-532`. */
  readonly cwe: string
  readonly outputs: readonly Output[]
  /** The advice about a value that leaves, as a sentence. */
  readonly advice: string
  /** Whether further loggers can be named in the options. */
  readonly hasLoggers?: boolean
}

type MessageIds = 'exposedSecret' | 'secretObject' | keyof typeof SUGGESTIONS

/** Makes the rule that keeps what comes out of a `Secret`, and a `Secret` itself, from the sinks of some families. */
function createOutputRule(rule: OutputRule) {
  const { name, description, cwe, outputs, advice, hasLoggers = false } = rule
  return createRule<[CertainOptions], MessageIds>({
    name,
    meta: {
      type: 'problem',
      docs: { description, cwe },
      hasSuggestions: true,
      messages: {
        exposedSecret: `The value that {{source}} (line {{line}}) takes out of a Secret reaches {{sink}}. ${advice}`,
        secretObject:
          'A Secret, or something that holds one ({{source}}, line {{line}}), is given to {{sink}}. It shows only its label: give `.label`.',
        ...SUGGESTIONS,
      },
      schema: optionsOf(OUTPUT, {
        ...(hasLoggers && LOGGERS),
        ...SANITIZERS,
        secretObjects: flag('Whether to report a Secret itself, which shows only its label.'),
      }),
      defaultOptions: [{ secretObjects: true }],
    },
    create(context, [{ loggers, sanitizers, secretObjects }]) {
      const isWanted = ({ kind }: FoundLeak['leak']) =>
        kind === 'exposed' || (kind === 'secret' && secretObjects !== false)
      return onLeaks(context, { outputs, loggers, sanitizers, isWanted }, (found) => {
        const label = giveLabel(found, context)
        keepPath(context, found.given, found.leak)
        context.report({
          node: found.given,
          messageId: found.leak.kind === 'exposed' ? 'exposedSecret' : 'secretObject',
          data: leakData(found),
          suggest: [
            ...(label === undefined ? [] : [{ messageId: 'giveLabel' as const, fix: label }]),
            ...suggestDropping(found, context.sourceCode),
          ],
        })
      })
    },
  })
}

/** The fields of a leak's messages; names only, since the text of the code may hold a secret. */
export function leakData({ leak: { source }, sink }: FoundLeak) {
  return { sink: sink.name, source: describe(source), line: source.loc.start.line }
}

/** The suggestion to drop the property through which the leak goes, if that is one edit. */
export function suggestDropping(found: FoundLeak, sourceCode: SourceCode) {
  const property = leakingProperty(found)
  if (property === undefined) return []
  const data = { property: describeKey(property) }
  return [{ messageId: 'dropProperty' as const, data, fix: dropProperty(property, sourceCode) }]
}

/** A quoted key could be any text. */
function describeKey({ key }: Property): string {
  return key.type === 'Identifier' ? key.name : '…'
}

/** Finds secrets, known as such by their type or by `expose()`, on their way into a command line. */
export const noSecretInArgv = createOutputRule({
  name: 'no-secret-in-argv',
  description: 'Keep secrets out of command lines',
  cwe: 'CWE-214',
  outputs: ['argv'],
  advice:
    'Every user of the machine can list command lines. Give it in the environment, on the standard input, or in a file.',
})

/** Finds secrets, known as such by their type or by `expose()`, on their way into an error. */
export const noSecretInErrors = createOutputRule({
  name: 'no-secret-in-errors',
  description: 'Keep secrets out of errors',
  cwe: 'CWE-209',
  outputs: ['error', 'assertion'],
  advice:
    'Errors are logged, reported and sent to the requester. Name the label of the secret, or what is wrong with it.',
})

/** Finds secrets, known as such by their type or by `expose()`, on their way into a log. */
export const noSecretInLogs = createOutputRule({
  name: 'no-secret-in-logs',
  description: 'Keep secrets out of logs',
  cwe: 'CWE-532',
  outputs: ['log'],
  advice: 'Log the label or the version of the secret instead.',
  hasLoggers: true,
})

/** Finds secrets, known as such by their type or by `expose()`, on their way to the requester of a service. */
export const noSecretInResponse = createOutputRule({
  name: 'no-secret-in-response',
  description: 'Keep secrets out of responses',
  cwe: 'CWE-200',
  outputs: ['response', 'page'],
  advice: 'Answer with what the caller needs: the label, the version, a signature.',
})

/** Finds secrets, known as such by their type or by `expose()`, on their way into traces, metrics and reports. */
export const noSecretInTelemetry = createOutputRule({
  name: 'no-secret-in-telemetry',
  description: 'Keep secrets out of traces, metrics, error reports and analytics',
  cwe: 'CWE-201',
  outputs: ['telemetry'],
  advice:
    'It leaves the machine and is kept. Record the label or the version of the secret instead.',
})

/** Finds secrets, known as such by their type or by `expose()`, on their way into browser storage, cookies, and what a CI job keeps. */
export const noSecretInStorage = createOutputRule({
  name: 'no-secret-in-storage',
  description: 'Keep secrets out of browser storage, cookies of a page, and outputs of CI jobs',
  cwe: 'CWE-312',
  outputs: ['storage'],
  advice:
    'It is kept there in plain text, and every script, extension or later step can read it. Keep it in memory, or in a store for secrets.',
})

/** Finds secrets, known as such by their type or by `expose()`, on their way into the query of a URL. */
export const noSecretInUrl = createOutputRule({
  name: 'no-secret-in-url',
  description: 'Keep secrets out of the queries of URLs',
  cwe: 'CWE-598',
  outputs: ['url'],
  advice:
    'URLs are kept in the logs of servers and proxies, in histories and in Referer headers. Send it in a header or in the body.',
})
