import type { Rule } from 'eslint'
import { importOf } from './imported.ts'

const LOADER = { from: '@rekey/config-loader', name: 'loadService' } as const
const OWN_SECRETS = /^\.\/secrets(?:\.[cm]?[jt]s)?$/

/**
 * Reports the entry of a service that does not load the service's own definition: `loadService` of `@rekey/config-loader`
 * with the `definition` that `./secrets.ts` exports. That it is loaded before anything listens is proven by the rule
 * `require-startup-validation` of the linter.
 */
export const ownDefinition: Rule.RuleModule = {
  meta: {
    messages: {
      'not-loaded':
        'it never calls loadService, so nothing validates its secrets before it listens',
      'other-definition': 'loadService is given something else than the definition of ./secrets.ts',
    },
  },
  create(context) {
    const source = context.sourceCode
    let loads = 0
    return {
      CallExpression(call) {
        const callee = importOf(call.callee, source)
        if (callee?.from !== LOADER.from || callee.name !== LOADER.name) return
        loads += 1
        const [argument] = call.arguments
        const given = argument === undefined ? undefined : importOf(argument, source)
        if (given?.name === 'definition' && OWN_SECRETS.test(given.from)) return
        context.report({ node: call, messageId: 'other-definition' })
      },
      'Program:exit'(node) {
        if (loads === 0) context.report({ node, messageId: 'not-loaded' })
      },
    }
  },
}
