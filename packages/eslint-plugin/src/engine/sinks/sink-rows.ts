import type { TSESTree } from '@typescript-eslint/utils'
import { modelsOf } from '../../models/models-of.ts'
import { ANYTHING, type Output, type ShowsRow } from '../../models/shows.ts'
import { codeOf } from '../code/code-of.ts'
import { perFile } from '../per-file.ts'
import type { CallExpression, Node } from '../syntax/nodes.ts'
import { describe, lastName, pathOf } from '../syntax/paths.ts'
import { memberKey, unwrap } from '../syntax/syntax.ts'
import { RECEIVER_CALLBACKS } from '../taint/receiver-callbacks.ts'
import { valuesLeaving } from './leaving.ts'
import { areConstants, isMethodOf, isPathOfOwner } from './receivers.ts'
import type { Sink, SinkContext, SinkNode } from './sink.ts'

type Given = readonly Node[]

/** Functions that call another one later: where it stands, and where its arguments begin. */
const CALLS_LATER: ReadonlyMap<string, readonly [callee: number, given: number]> = new Map([
  ['setTimeout', [0, 2]],
  ['setInterval', [0, 2]],
  ['setImmediate', [0, 1]],
  ['process.nextTick', [0, 1]],
  ['Reflect.apply', [0, 2]],
])

/** The values that leave to `output` by `node`, if a row of the models describes what it runs or sets, however it runs it. */
export function sinkByRows(output: Output, node: SinkNode, context: SinkContext): Sink | undefined {
  switch (node.type) {
    case 'AssignmentExpression':
      return sinkBySetting(output, node, context)
    case 'TaggedTemplateExpression':
      return sinkByTag(output, node, context)
    case 'NewExpression':
      return sinkByCall(output, node, node.callee, node.arguments, context)
    case 'CallExpression':
      return (
        sinkByCall(output, node, node.callee, node.arguments, context) ??
        sinkCalledLater(output, node, context) ??
        sinkCalledByMethod(output, node, context)
      )
    default:
      return undefined
  }
}

function sinkByCall(
  output: Output,
  node: Node,
  callee: Node,
  given: Given,
  context: SinkContext,
): Sink | undefined {
  const bare = unwrap(callee)
  const row = rowOf(output, bare, rowsCalled(bare, context.source), context)
  if (row === undefined) return undefined
  const leaving = areConstants(row.when, given, context) ? valuesLeaving(given, row, context) : []
  return { node, name: describe(bare), given: leaving }
}

function sinkByTag(
  output: Output,
  node: TSESTree.TaggedTemplateExpression,
  context: SinkContext,
): Sink | undefined {
  const tag = unwrap(node.tag)
  const { source } = context
  const tags = modelsOf(source).shows.named('tag', pathOf(tag, source) ?? '')
  const row = rowOf(output, tag, [...tags, ...rowsCalled(tag, source)], context)
  return row && { node, name: describe(tag), given: node.quasi.expressions }
}

/** `process.title = …`, `response.locals.user = …` */
function sinkBySetting(
  output: Output,
  node: TSESTree.AssignmentExpression,
  context: SinkContext,
): Sink | undefined {
  const { left, right } = node
  if (left.type !== 'MemberExpression') return undefined
  const row = rowOf(output, left, rowsSet(left, context.source), context)
  return row && { node, name: describe(left), given: valuesLeaving([right], row, context) }
}

/** The first row for `output` whose receiver `callee` has. */
function rowOf(output: Output, callee: Node, rows: readonly ShowsRow[], context: SinkContext) {
  return rows.find((row) => row.in === output && isOn(callee, row, context))
}

/** The rows of functions that are called as `callee` is, whatever they are called on. */
const rowsCalled = perFile((callee: Node, source): readonly ShowsRow[] => {
  const { shows } = modelsOf(source)
  const path = pathOf(callee, source)
  const byPath = shows.at(path, 'calls')
  if (callee.type === 'MemberExpression') {
    const key = memberKey(callee)
    const isNamed = key !== undefined || callee.computed
    return isNamed ? [...byPath, ...shows.named('method', key)] : byPath
  }
  // A method may go by another name: const { info } = console.
  const method = path?.split('.').slice(1).at(-1)
  const byMethod = method === undefined ? [] : shows.named('method', method)
  const isElsewhere =
    callee.type === 'Identifier' && codeOf(source).functionOf(callee) === undefined
  return [...byPath, ...byMethod, ...(isElsewhere ? shows.named('function', callee.name) : [])]
})

const rowsSet = perFile((left: TSESTree.MemberExpression, source): readonly ShowsRow[] => {
  const { shows } = modelsOf(source)
  const object = pathOf(left.object, source)
  const key = memberKey(left) ?? ''
  const path = object === undefined ? undefined : `${object}.${left.computed ? '0' : key}`
  return [...shows.at(path, 'sets'), ...shows.named('property', key)]
})

/** Whether `callee` is of what `row` is about, if the row asks for that. */
function isOn(callee: Node, { in: output, on }: ShowsRow, context: SinkContext): boolean {
  if (on === undefined) return true
  if (callee.type !== 'MemberExpression') {
    const path = pathOf(callee, context.source) ?? ''
    const owner = path.slice(0, path.lastIndexOf('.'))
    return on.some((each) => each !== ANYTHING && isPathOfOwner(owner, each, context))
  }
  if (on.includes(ANYTHING)) return true
  if (output === 'log' && context.loggers.has(lastName(callee.object) ?? '')) return true
  return isMethodOf(callee, on, context)
}

/** `setTimeout(console.log, 1_000, value)`, `Reflect.apply(console.log, console, [value])` */
function sinkCalledLater(output: Output, call: CallExpression, context: SinkContext) {
  const [at, start] = CALLS_LATER.get(pathOf(call.callee, context.source) ?? '') ?? []
  const later = at === undefined ? undefined : call.arguments[at]
  return later && sinkByCall(output, call, later, call.arguments.slice(start), context)
}

/** `console.log.apply(console, values)`, `console.log.bind(console, value)`, `values.forEach(console.log)` */
function sinkCalledByMethod(
  output: Output,
  call: CallExpression,
  context: SinkContext,
): Sink | undefined {
  const callee = unwrap(call.callee)
  if (callee.type !== 'MemberExpression') return undefined
  const method = memberKey(callee) ?? ''
  if (method === 'call' || method === 'apply' || method === 'bind') {
    return sinkByCall(output, call, callee.object, call.arguments.slice(1), context)
  }
  const callback = call.arguments[0]
  if (callback === undefined || !RECEIVER_CALLBACKS.has(method)) return undefined
  const sink = sinkByCall(output, call, callback, [], context)
  return sink && { ...sink, given: [callee.object], through: method }
}
