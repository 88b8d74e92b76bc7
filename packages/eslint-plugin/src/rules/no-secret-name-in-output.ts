import { createRule } from '../create-rule.ts'
import { keepPath } from '../engine/leaks/found-paths.ts'
import { onLeaks } from '../engine/leaks/leaks.ts'
import { ARGV_SINKS } from '../engine/sinks/argv-sinks.ts'
import { ASSERTION_SINKS } from '../engine/sinks/assertion-sinks.ts'
import { ERROR_SINKS } from '../engine/sinks/error-sinks.ts'
import { LOG_SINKS } from '../engine/sinks/log-sinks.ts'
import { RESPONSE_SINKS } from '../engine/sinks/response-sinks.ts'
import type { SinkFamily } from '../engine/sinks/sink.ts'
import { TELEMETRY_SINKS } from '../engine/sinks/telemetry-sinks.ts'
import {
  leakData,
  LOGGERS,
  OUTPUT,
  SANITIZERS,
  type OutputOptions,
  suggestDropping,
  SUGGESTIONS,
} from './output-rules.ts'
import { flag, optionsOf } from './option-schema.ts'

const LEAVE_OUT =
  'Leave it out, or make it a Secret; if it is none, give it a name that shows that.'

/** Advice for each kind of output. */
const ADVICE: ReadonlyMap<SinkFamily, string> = new Map([
  [LOG_SINKS, LEAVE_OUT],
  [ERROR_SINKS, LEAVE_OUT],
  [ASSERTION_SINKS, LEAVE_OUT],
  [RESPONSE_SINKS, LEAVE_OUT],
  [TELEMETRY_SINKS, LEAVE_OUT],
  [
    ARGV_SINKS,
    'Every user of the machine can list command lines: give it in the environment or on the standard input.',
  ],
])

interface Options extends OutputOptions {
  /** Whether an assertion, which shows its operands if it fails, is an output. */
  readonly assertions?: boolean
}

type MessageIds = 'suspiciousName' | 'notFollowed' | 'dropProperty'

/** Finds what only has the name of a secret on its way out. Less certain than the rules by type, so its own rule. */
export const noSecretNameInOutput = createRule<[Options], MessageIds>({
  name: 'no-secret-name-in-output',
  meta: {
    type: 'problem',
    docs: {
      description: 'Keep what is named like a secret out of all that leaves a program',
      cwe: 'CWE-532',
    },
    hasSuggestions: true,
    messages: {
      suspiciousName:
        '{{source}} (line {{line}}) is named like a secret and reaches {{sink}}. {{advice}}',
      notFollowed:
        'The functions of this file call each other in more ways than the rules about output follow, so they may miss leaks here. Split the file.',
      dropProperty: SUGGESTIONS.dropProperty,
    },
    schema: optionsOf(OUTPUT, {
      ...LOGGERS,
      ...SANITIZERS,
      assertions: flag('Whether an assertion, which shows its operands if it fails, is an output.'),
    }),
    defaultOptions: [{ assertions: true }],
  },
  create(context, [{ loggers, sanitizers, assertions }]) {
    const families = [...ADVICE.keys()]
    const search = {
      families: families.filter((each) => each !== ASSERTION_SINKS || assertions !== false),
      loggers,
      sanitizers,
      isWanted: ({ kind }: { readonly kind: string }) => kind === 'name',
    }
    return onLeaks(
      context,
      search,
      (found) => {
        keepPath(context, found.given, found.leak)
        context.report({
          node: found.given,
          messageId: 'suspiciousName',
          data: { ...leakData(found), advice: ADVICE.get(found.family) ?? LEAVE_OUT },
          suggest: suggestDropping(found, context.sourceCode),
        })
      },
      () => {
        context.report({ loc: { line: 1, column: 0 }, messageId: 'notFollowed' })
      },
    )
  },
})
