import { AST_NODE_TYPES, type TSESTree } from '@typescript-eslint/utils'
import { describe, lastName, pathOf } from '../paths.ts'
import { RECEIVER_CALLBACKS } from '../receiver-callbacks.ts'
import { memberKey, unwrap } from '../syntax.ts'
import type { Sink, SinkContext, SinkFamily } from './sink.ts'

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

/** What prints: the console, the standard streams, loggers of all libraries. */
export const LOG_SINKS: SinkFamily = {
  mayBeIn: (text) => SINK_WORD.test(text),
  find: (node, context) =>
    node.type === AST_NODE_TYPES.CallExpression ? printing(node, context) : undefined,
}

function printing(call: TSESTree.CallExpression, context: SinkContext): Sink | undefined {
  const { source } = context
  const name = describe(call.callee)
  const callee = unwrap(call.callee)
  if (prints(callee, context)) {
    const isAssertion = pathOf(callee, source)?.endsWith('.assert') === true
    return { node: call, name, given: isAssertion ? call.arguments.slice(1) : call.arguments }
  }
  if (callee.type !== AST_NODE_TYPES.MemberExpression) return undefined
  const method = memberKey(callee)
  if ((method === 'call' || method === 'apply') && prints(unwrap(callee.object), context)) {
    return { node: call, name, given: call.arguments.slice(1) }
  }
  const callback = call.arguments[0]
  if (method === undefined || !RECEIVER_CALLBACKS.has(method)) return undefined
  if (callback === undefined || !prints(unwrap(callback), context)) return undefined
  return { node: call, name: describe(callback), given: [callee.object], through: method }
}

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
