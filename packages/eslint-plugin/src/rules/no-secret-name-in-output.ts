import { createRule } from '../create-rule.ts'
import { keepPath } from '../engine/leaks/found-paths.ts'
import { onLeaks } from '../engine/leaks/leaks.ts'
import { OUTPUTS } from '../engine/sinks/sinks.ts'
import type { Output } from '../models/shows.ts'
import { isAboutSecret, isPlainName } from '../engine/naming/names.ts'
import { lastName } from '../engine/syntax/paths.ts'
import { keyOf } from '../engine/syntax/syntax.ts'
import type { Leak } from '../engine/taint/flow.ts'
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

/** Advice for some outputs. */
const ADVICE: ReadonlyMap<Output, string> = new Map([
  [
    'argv',
    'Every user of the machine can list command lines: give it in the environment or on the standard input.',
  ],
  ['url', 'URLs are kept in logs and histories: send it in a header or in the body.'],
  ['storage', 'Every script or later step can read it there: keep it in memory.'],
])

/**
 * Whether the value was taken apart on its way, and what is left goes by a plain name: the `username` of `credentials`; or
 * it is kept under the name of a fact: `enablePassword: local.password`. The name of a function is none of its result.
 */
function isPlain({ path }: Leak): boolean {
  for (let step = path; step !== undefined; step = step.next) {
    const { node } = step
    const isName = node.type === 'Identifier' || node.type === 'MemberExpression'
    if (isName && isPlainName(lastName(node) ?? '')) return true
    const { parent } = node
    const kept = parent?.type === 'Property' && parent.value === node ? keyOf(parent) : undefined
    if (kept !== undefined && (isPlainName(kept) || isAboutSecret(kept))) return true
  }
  return false
}

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
    const search = {
      outputs: OUTPUTS.filter((each) => each !== 'assertion' || assertions !== false),
      loggers,
      sanitizers,
      isWanted: ({ kind }: { readonly kind: string }) => kind === 'name',
    }
    return onLeaks(
      context,
      search,
      (found) => {
        if (isPlain(found.leak)) return
        keepPath(context, found.given, found.leak)
        context.report({
          node: found.given,
          messageId: 'suspiciousName',
          data: { ...leakData(found), advice: ADVICE.get(found.output) ?? LEAVE_OUT },
          suggest: suggestDropping(found, context.sourceCode),
        })
      },
      () => {
        context.report({ loc: { line: 1, column: 0 }, messageId: 'notFollowed' })
      },
    )
  },
})
