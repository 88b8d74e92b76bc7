import { createRule } from '../create-rule.ts'
import { describe } from '../engine/paths.ts'
import { onSecretPrints, PRINT_SCHEMA, type PrintOptions } from './secret-prints.ts'

/** Finds what only has the name of a secret on its way into a log. Less certain than `no-secret-in-logs`, so its own rule. */
export const noSecretNameInLogs = createRule<[PrintOptions], 'suspiciousName'>({
  name: 'no-secret-name-in-logs',
  meta: {
    type: 'problem',
    docs: { description: 'Keep what is named like a secret out of logs', cwe: 'CWE-532' },
    messages: {
      suspiciousName:
        '{{source}} (line {{line}}) is named like a secret and reaches {{sink}}. Leave it out, or make it a Secret; if it is none, give it a name that says so.',
    },
    schema: [PRINT_SCHEMA],
    defaultOptions: [{}],
  },
  create(context, [options]) {
    return onSecretPrints(context, options, (node, { kind, source }, sink) => {
      if (kind !== 'name') return
      context.report({
        node,
        messageId: 'suspiciousName',
        data: {
          sink: sink.name,
          source: describe(source),
          line: source.loc.start.line,
        },
      })
    })
  },
})
