import type { TSESTree } from '@typescript-eslint/utils'
import type { CallExpression, NewExpression, Node } from '../syntax/nodes.ts'
import { describe, pathOf } from '../syntax/paths.ts'
import { RECEIVER_CALLBACKS } from '../taint/receiver-callbacks.ts'
import { memberKey, unwrap } from '../syntax/syntax.ts'
import { isReceiver, type Receiver } from './receivers.ts'
import type { Sink, SinkContext } from './sink.ts'

type Given = readonly Node[]

/** One row of the table of a family: which functions are sinks, and what leaves of what they are given. */
export interface SinkRow {
  /** The function by its path. */
  readonly path?: RegExp
  /** Or by its last name, where the file does not have the function. */
  readonly named?: RegExp
  /** Or by the name of a method, and by what it is called on. */
  readonly method?: RegExp
  readonly on?: Receiver
  /** The arguments that leave; all by default. */
  readonly leaving?: (given: Given, context: SinkContext) => Given
}

type SinkCall = CallExpression | NewExpression | TSESTree.TaggedTemplateExpression

/** Functions that call another one later: where it stands, and where its arguments begin. */
const CALLS_LATER: ReadonlyMap<string, readonly [callee: number, given: number]> = new Map([
  ['setTimeout', [0, 2]],
  ['setInterval', [0, 2]],
  ['setImmediate', [0, 1]],
  ['process.nextTick', [0, 1]],
  ['Reflect.apply', [0, 2]],
])

/** The values that leave by `call`, if a row of `rows` describes the function that it runs, however it runs it. */
export function sinkByRows(
  call: SinkCall,
  rows: readonly SinkRow[],
  context: SinkContext,
): Sink | undefined {
  if (call.type === 'TaggedTemplateExpression') {
    return sinkOf(call, call.tag, call.quasi.expressions, rows, context)
  }
  const direct = sinkOf(call, call.callee, call.arguments, rows, context)
  if (direct !== undefined || call.type === 'NewExpression') return direct
  return sinkCalledLater(call, rows, context) ?? sinkCalledByMethod(call, rows, context)
}

function sinkOf(
  node: Node,
  callee: Node,
  given: Given,
  rows: readonly SinkRow[],
  context: SinkContext,
): Sink | undefined {
  const bare = unwrap(callee)
  const row = rows.find((each) => isRow(bare, each, context))
  if (row === undefined) return undefined
  return { node, name: describe(bare), given: row.leaving?.(given, context) ?? given }
}

function isRow(callee: Node, { path, named, method, on }: SinkRow, context: SinkContext): boolean {
  if (path?.test(pathOf(callee, context.source) ?? '') === true) return true
  if (named !== undefined && callee.type === 'Identifier') {
    return named.test(callee.name) && context.code.functionOf(callee) === undefined
  }
  if (method === undefined || callee.type !== 'MemberExpression') return false
  const key = memberKey(callee)
  if (on === undefined) return key !== undefined && method.test(key)
  // A method that is chosen at run time, `logger[level]`, may be any.
  const isMethod = key === undefined ? callee.computed : method.test(key)
  return isMethod && isReceiver(callee.object, on, context)
}

/** `setTimeout(console.log, 1_000, value)`, `Reflect.apply(console.log, console, [value])` */
function sinkCalledLater(
  call: CallExpression,
  rows: readonly SinkRow[],
  context: SinkContext,
): Sink | undefined {
  const path = pathOf(call.callee, context.source) ?? ''
  const places = CALLS_LATER.get(path)
  const later = places && call.arguments[places[0]]
  if (later === undefined) return undefined
  return sinkOf(call, later, call.arguments.slice(places?.[1]), rows, context)
}

/** `console.log.apply(console, values)`, `console.log.bind(console, value)`, `values.forEach(console.log)` */
function sinkCalledByMethod(
  call: CallExpression,
  rows: readonly SinkRow[],
  context: SinkContext,
): Sink | undefined {
  const callee = unwrap(call.callee)
  if (callee.type !== 'MemberExpression') return undefined
  const method = memberKey(callee) ?? ''
  if (method === 'call' || method === 'apply' || method === 'bind') {
    return sinkOf(call, callee.object, call.arguments.slice(1), rows, context)
  }
  const callback = call.arguments[0]
  if (callback === undefined || !RECEIVER_CALLBACKS.has(method)) return undefined
  const sink = sinkOf(call, callback, [], rows, context)
  return sink && { ...sink, given: [callee.object], through: method }
}
