import type { TSESTree } from '@typescript-eslint/utils'
import { createRule } from '../create-rule.ts'
import { describe, lastName } from '../engine/paths.ts'
import { StartupFlow } from '../engine/startup-flow.ts'
import { typeFacts } from '../engine/type-facts.ts'

interface Options {
  /** Functions that load and validate the secrets, by name. */
  readonly loaders?: readonly string[]
  /** Functions and methods that make a process reachable, by name. */
  readonly listeners?: readonly string[]
  /** Also look at functions that the file neither calls nor hands on. */
  readonly checkExported?: boolean
}

type MessageIds = 'listenBeforeLoad' | 'notAwaited'

const DEFAULTS = {
  loaders: ['loadService'],
  listeners: ['listen', 'serve', 'openHealthListener'],
  checkExported: false,
} as const satisfies Options

const NAMES = { type: 'array', items: { type: 'string' }, uniqueItems: true } as const

/** Finds services that accept requests before their secrets are loaded and validated. */
export const requireStartupValidation = createRule<[Options], MessageIds>({
  name: 'require-startup-validation',
  meta: {
    type: 'problem',
    docs: { description: 'Validate every secret before a service listens', cwe: 'CWE-665' },
    messages: {
      listenBeforeLoad:
        '{{listener}} may run before the secrets of this service are loaded and validated. Await {{loader}} first.',
      notAwaited:
        'Nothing waits for {{loader}}, so the service goes on with secrets that nobody has validated. Await it.',
    },
    schema: [
      {
        type: 'object',
        description: 'What loads, what listens, and where to look.',
        additionalProperties: false,
        properties: {
          loaders: { ...NAMES, minItems: 1, description: 'Functions that load the secrets.' },
          listeners: { ...NAMES, description: 'Functions and methods that start to listen.' },
          checkExported: {
            type: 'boolean',
            description: 'Whether to look at functions that the file does not call itself.',
          },
        },
      },
    ],
    defaultOptions: [DEFAULTS],
  },
  create(context, [{ loaders, listeners, checkExported }]) {
    const source = context.sourceCode
    const loading = new Set(loaders ?? DEFAULTS.loaders)
    const listening = new Set(listeners ?? DEFAULTS.listeners)
    if (![...loading, ...listening].some((name) => source.text.includes(name))) return {}
    const calls: TSESTree.CallExpression[] = []
    return {
      CallExpression: (call) => void calls.push(call),
      'Program:exit'() {
        const flow = new StartupFlow(source, typeFacts(context), loading)
        const data = { loader: [...loading].join(' or ') }
        for (const node of calls) {
          if (flow.isLoader(node) && !flow.isAwaited(node)) {
            context.report({ node, messageId: 'notAwaited', data })
          }
          if (!listening.has(lastName(node.callee) ?? '')) continue
          const startup = flow.before(node)
          if (startup === 'validated') continue
          if (startup === 'not started here' && checkExported !== true) continue
          const listener = describe(node.callee)
          context.report({ node, messageId: 'listenBeforeLoad', data: { ...data, listener } })
        }
      },
    }
  },
})
