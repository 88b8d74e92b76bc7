import { createRule } from '../create-rule.ts'
import { describe } from '../engine/paths.ts'
import { onSecretPrints, PRINT_SCHEMA, type PrintOptions } from './secret-prints.ts'

interface Options extends PrintOptions {
  /** Whether to report a `Secret` itself, which prints only its label. */
  readonly secretObjects?: boolean
}

type MessageIds = 'exposedSecret' | 'secretObject'

const SCHEMA = {
  ...PRINT_SCHEMA,
  properties: {
    ...PRINT_SCHEMA.properties,
    secretObjects: {
      type: 'boolean',
      description: 'Whether to report a Secret itself, which prints only its label.',
    },
  },
} as const

/** Finds secrets, known as such by their type or by `expose()`, on their way into a log. */
export const noSecretInLogs = createRule<[Options], MessageIds>({
  name: 'no-secret-in-logs',
  meta: {
    type: 'problem',
    docs: { description: 'Keep secrets out of logs', cwe: 'CWE-532' },
    messages: {
      exposedSecret:
        'The value that {{source}} (line {{line}}) takes out of a Secret reaches {{sink}}. Log the label or the version of the secret instead.',
      secretObject:
        'A Secret, or something that holds one ({{source}}, line {{line}}), is given to {{sink}}. It prints only its label, so say so: log `.label`.',
    },
    schema: [SCHEMA],
    defaultOptions: [{ secretObjects: true }],
  },
  create(context, [options]) {
    return onSecretPrints(context, options, (node, { kind, source }, sink) => {
      if (kind === 'name' || (kind === 'secret' && options.secretObjects === false)) return
      context.report({
        node,
        messageId: kind === 'exposed' ? 'exposedSecret' : 'secretObject',
        data: {
          sink: sink.name,
          source: describe(source),
          line: source.loc.start.line,
        },
      })
    })
  },
})
