import { AST_NODE_TYPES, type TSESLint, type TSESTree } from '@typescript-eslint/utils'
import { describe, lastName, pathOf } from './paths.ts'
import { memberKey, unwrap } from './syntax.ts'
import type { TypeFacts } from './type-facts.ts'

/** A call that prints what it is given. */
export interface Sink {
  readonly call: TSESTree.CallExpression
  /** How messages call it: `request.log.info`. */
  readonly name: string
  /** What is printed. */
  readonly printed: readonly TSESTree.Node[]
  /** The method that prints what it hands to a printing callback: `map` in `secret.map(console.log)`. */
  readonly through?: string
}

/** What the classification needs to know. */
export interface SinkContext {
  readonly source: TSESLint.SourceCode
  readonly types: TypeFacts | undefined
  /** Further names of loggers, from the rule's options. */
  readonly loggers: ReadonlySet<string>
}

const LEVEL =
  'log|info|warn|error|debug|trace|fatal|silly|verbose|http|notice|critical|alert|success|silent|child|setBindings'
const IS_LEVEL = new RegExp(`^(?:${LEVEL})$`)

/** Functions that print, by their path. */
const PRINTER = new RegExp(
  [
    'console\\.(?:log|info|warn|error|debug|trace|dir|dirxml|table|assert|group|groupCollapsed|count|time|timeLog|timeEnd)',
    'process\\.(?:stdout|stderr)\\.(?:write|end)',
    'process\\.emitWarning',
    'util\\.debuglog\\(\\)',
    'debug\\(\\)',
    `(?:pino|winston|bunyan|consola|loglevel|log4js|signale|fastify)\\b.*\\.(?:${LEVEL})`,
  ]
    .map((path) => `^${path}$`)
    .join('|'),
)

/** Names of loggers: `log`, `logger`, `#log`, `auditLog`, `request_log`; but not `dialog`. */
const LOGGER_NAME = /^[#_$]*log(?:ger)?$|(?:Log(?:ger)?|_log(?:ger)?|LOG(?:GER)?)$/

/** A type is a logger if it has all of these, whichever library it is from: pino, Fastify, winston, bunyan, Nest, ours. */
const LOGGER_METHODS = ['info', 'warn', 'error', 'debug']

/** A word that every file with a sink contains; others need not be looked at. */
const SINK_WORD = new RegExp(`\\b(?:${LEVEL}|console|write|debuglog|emitWarning)\\b`, 'i')

/** Whether `text` could contain a sink at all. Cheap, so it comes first. */
export function mayPrint(text: string): boolean {
  return SINK_WORD.test(text)
}

/** What `call` prints, if it prints. */
export function sinkOf(call: TSESTree.CallExpression, context: SinkContext): Sink | undefined {
  const { source } = context
  const name = describe(call.callee)
  const callee = unwrap(call.callee)
  if (prints(callee, context)) {
    const isAssertion = pathOf(callee, source)?.endsWith('.assert') === true
    return { call, name, printed: isAssertion ? call.arguments.slice(1) : call.arguments }
  }
  if (callee.type !== AST_NODE_TYPES.MemberExpression) return undefined
  const method = memberKey(callee)
  if ((method === 'call' || method === 'apply') && prints(unwrap(callee.object), context)) {
    return { call, name, printed: call.arguments.slice(1) }
  }
  const callback = call.arguments[0]
  if (method === undefined || !RECEIVER_CALLBACKS.has(method)) return undefined
  if (callback === undefined || !prints(unwrap(callback), context)) return undefined
  return { call, name: describe(callback), printed: [callee.object], through: method }
}

/** Methods that hand what they are called on, or its elements, to their first argument. */
export const RECEIVER_CALLBACKS: ReadonlySet<string> = new Set(
  'map forEach flatMap filter find findLast some every reduce then'.split(' '),
)

function prints(callee: TSESTree.Node, context: SinkContext): boolean {
  const path = pathOf(callee, context.source)
  if (path !== undefined && PRINTER.test(path)) return true
  if (callee.type !== AST_NODE_TYPES.MemberExpression) return false
  return IS_LEVEL.test(memberKey(callee) ?? '') && isLogger(callee.object, context)
}

function isLogger(node: TSESTree.Node, { types, loggers }: SinkContext): boolean {
  const name = lastName(node) ?? ''
  return LOGGER_NAME.test(name) || loggers.has(name) || types?.has(node, LOGGER_METHODS) === true
}
