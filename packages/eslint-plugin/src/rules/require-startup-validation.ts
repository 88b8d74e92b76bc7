import type { TSESLint } from '@typescript-eslint/utils'
import type { CallExpression, Node } from '../engine/syntax/nodes.ts'
import { createRule } from '../create-rule.ts'
import { analysisOf } from '../engine/analysis.ts'
import { describe, lastName } from '../engine/syntax/paths.ts'
import { StartupFlow } from '../engine/startup/startup-flow.ts'
import { enclosing, isFunction } from '../engine/syntax/syntax.ts'
import { usesPackage } from '../engine/startup/uses-package.ts'
import { runText } from '../engine/run-text.ts'
import { visit, visited } from '../engine/visits.ts'
import { flag, list, optionsOf } from './option-schema.ts'

interface Options {
  /** Functions that load and validate the secrets, by name. */
  readonly loaders?: readonly string[]
  /** Functions and methods that make a process reachable, by name. */
  readonly listeners?: readonly string[]
  /** Also look at functions that the file neither calls nor hands on. */
  readonly checkExported?: boolean
}

type Context = Readonly<TSESLint.RuleContext<string, readonly unknown[]>>
type MessageIds = 'listenBeforeLoad' | 'notAwaited' | 'awaitIt'

/** The package of the usual loader. */
const LOADER_PACKAGE = '@rekey/config-loader'
const LOADERS = ['loadService']

const DEFAULTS = {
  listeners: ['listen', 'serve', 'startStandaloneServer', 'openHealthListener'],
  checkExported: false,
} as const satisfies Options

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
        'Nothing waits for {{loader}}, so the service goes on with secrets that were never validated. Await it.',
      awaitIt: 'Await it.',
    },
    hasSuggestions: true,
    schema: optionsOf('What loads, what listens, and where to look.', {
      loaders: { ...list('Functions that load the secrets.'), minItems: 1 },
      listeners: list('Functions and methods that start to listen.'),
      checkExported: flag('Whether to look at functions that the file does not call itself.'),
    }),
    defaultOptions: [DEFAULTS],
  },
  create(context, [{ loaders, listeners, checkExported }]) {
    const { text } = context.sourceCode
    const loading = new Set(loaders ?? LOADERS)
    const listening = new Set(listeners ?? DEFAULTS.listeners)
    if (![...loading, ...listening].some((name) => text.includes(name))) return {}
    if (loaders === undefined && !usesLoader(context)) return {}
    return visit(context, {}, () => {
      const calls = visited(context.sourceCode, 'CallExpression')
      const flow = new StartupFlow(analysisOf(context), loading, calls)
      const data = { loader: [...loading].join(' or ') }
      for (const node of calls) {
        if (flow.isLoader(node) && !flow.isAwaited(node)) {
          context.report({ node, messageId: 'notAwaited', data, suggest: awaiting(node) })
        }
        if (!listening.has(lastName(node.callee) ?? '') || isObserver(node)) continue
        const startup = flow.before(node)
        if (startup === 'validated') continue
        if (startup === 'not started here' && checkExported !== true) continue
        const listener = describe(node.callee)
        context.report({ node, messageId: 'listenBeforeLoad', data: { ...data, listener } })
      }
    })
  },
})

/** Whether the file, or the package that it is of, uses the usual loader: who does not has nothing to wait for. */
function usesLoader({ sourceCode, filename }: Context): boolean {
  return (
    new RegExp(`['"]${LOADER_PACKAGE}['"]`).test(runText(sourceCode)) ||
    usesPackage(filename, LOADER_PACKAGE)
  )
}

/** `history.listen((location) => …)`: what is called when a server listens is given nothing. */
function isObserver({ arguments: given }: CallExpression): boolean {
  return given.length === 1 && isFunction(given[0]) && given[0].params.length > 0
}

/** Writes `await` where that is allowed: in an async function, and outside of functions in a module. */
function awaiting(call: CallExpression): TSESLint.ReportSuggestionArray<MessageIds> {
  const owner = enclosing(call, isFunction)
  const isAllowed = owner === undefined ? isModule(call) : owner.async
  if (!isAllowed) return []
  const { parent } = call
  const isVoid = parent.type === 'UnaryExpression' && parent.operator === 'void'
  const start = isVoid ? parent.range[0] : call.range[0]
  const fix = (fixer: TSESLint.RuleFixer) =>
    fixer.replaceTextRange([start, call.range[0]], 'await ')
  return [{ messageId: 'awaitIt', fix }]
}

function isModule(node: Node): boolean {
  const program = enclosing(node, (each) => each.type === 'Program')
  return program?.body.some(({ type }) => /^(?:Import|Export)/.test(type)) === true
}
