import { createRule } from '../create-rule.ts'
import { LOG_SINKS } from '../engine/sinks/log-sinks.ts'
import { leakData, onLeaks, OUTPUT_SCHEMA, type OutputOptions } from './output-rule.ts'

/** Finds what only has the name of a secret on its way out. Less certain than the rules by type, so its own rule. */
export const noSecretNameInOutput = createRule<[OutputOptions], 'suspiciousName'>({
  name: 'no-secret-name-in-output',
  meta: {
    type: 'problem',
    docs: { description: 'Keep what is named like a secret out of logs', cwe: 'CWE-532' },
    messages: {
      suspiciousName:
        '{{source}} (line {{line}}) is named like a secret and reaches {{sink}}. Leave it out, or make it a Secret; if it is none, give it a name that says so.',
    },
    schema: [OUTPUT_SCHEMA],
    defaultOptions: [{}],
  },
  create(context, [options]) {
    return onLeaks(context, [LOG_SINKS], options, (node, { kind, source }, sink) => {
      if (kind !== 'name') return
      context.report({ node, messageId: 'suspiciousName', data: leakData(source, sink) })
    })
  },
})
