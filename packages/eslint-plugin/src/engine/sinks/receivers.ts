import { modelsOf } from '../../models/models-of.ts'
import { isOneOf } from '../../models/rows.ts'
import type { Constants, Receiver } from '../../models/shows.ts'
import { annotationOf } from '../code/annotations.ts'
import { constantNumber, constantText, variableOf } from '../syntax/constants.ts'
import type { Node } from '../syntax/nodes.ts'
import { parameterOf } from '../syntax/origins.ts'
import { lastName, pathOf } from '../syntax/paths.ts'
import { perFile } from '../per-file.ts'
import { memberKey, unwrap } from '../syntax/syntax.ts'
import type { SinkContext } from './sink.ts'

const mentions = perFile((pattern: string, { text }) => matches(text, pattern))

const PATTERNS = new Map<string, RegExp>()

function matches(text: string | undefined, pattern: string | undefined, flags = ''): boolean {
  if (text === undefined || pattern === undefined) return false
  const key = `${flags}/${pattern}`
  const made = PATTERNS.get(key) ?? new RegExp(pattern, flags)
  PATTERNS.set(key, made)
  return made.test(text)
}

/** Whether `node` is a receiver of that name, or what is behind it: `response`, `response.headers`. */
export function isOwner(node: Node, named: string, context: SinkContext): boolean {
  const [name = '', ...keys] = named.split('.')
  let object = unwrap(node)
  for (const key of keys.toReversed()) {
    if (object.type !== 'MemberExpression' || memberKey(object) !== key) return false
    object = unwrap(object.object)
  }
  const receivers = modelsOf(context.source).shows.receivers(name)
  return receivers.some((receiver) => isReceiver(object, receiver, context))
}

/** Whether what has that path is a receiver of that name by it. */
export function isPathOfOwner(path: string, named: string, { source }: SinkContext): boolean {
  if (named.includes('.')) return false
  return modelsOf(source)
    .shows.receivers(named)
    .some(({ paths }) => matches(path, paths))
}

function isReceiver(node: Node, receiver: Receiver, context: SinkContext): boolean {
  const { source, types } = context
  const { names, anyCase = false, members = [] } = receiver
  if (matches(pathOf(node, source), receiver.but)) return false
  const named = [node, startOf(node)].map(lastName)
  if (named.some((name) => matches(name, names, anyCase ? 'i' : ''))) return true
  if (
    receiver.paths !== undefined &&
    pathsOf(node, context).some((path) => matches(path, receiver.paths))
  )
    return true
  if (receiver.written !== undefined && matches(annotationOf(node, source), receiver.written))
    return true
  if (isHandedOver(node, receiver, context)) return true
  if (types === undefined || members.length === 0) return false
  if (receiver.mentions !== undefined && !mentions(receiver.mentions, source)) return false
  return members.some((list) => types.has(node, list))
}

/** Whether `node` is by its place among the parameters of a callback, whatever its name. */
function isHandedOver(node: Node, { handedBy }: Receiver, context: SinkContext): boolean {
  const start = handedBy && startOf(node)
  if (start?.type !== 'Identifier') return false
  const variable = variableOf(start, context.source)
  const parameter = variable && parameterOf(variable)
  const call = parameter?.owner.parent
  if (call?.type !== 'CallExpression' || parameter?.keys.length !== 0) return false
  const callee = unwrap(call.callee)
  const names = [lastName(callee), pathOf(callee, context.source)?.split('.').at(-1)]
  return (
    handedBy?.some(
      ({ calls, on = [], when, at }) =>
        parameter.index === at &&
        names.some((name) => name !== undefined && isOneOf(name, calls)) &&
        areConstants(when, call.arguments, context) &&
        (on.length === 0 || isMethodOf(callee, on, context)),
    ) === true
  )
}

/** Whether `callee` is a method or property of one of `owners`. */
export function isMethodOf(callee: Node, owners: readonly string[], context: SinkContext): boolean {
  if (callee.type !== 'MemberExpression') return false
  return owners.some((owner) => isOwner(callee.object, owner, context))
}

/** Whether the arguments are the constants that a row asks for. */
export function areConstants(
  when: Constants = {},
  given: readonly Node[],
  { source }: SinkContext,
): boolean {
  return Object.entries(when).every(([index, texts]) => {
    const node = given[Number(index)]
    const text =
      constantText(node, source) ?? constantNumber(node, source) ?? (node && pathOf(node, source))
    return text !== undefined && isOneOf(String(text), texts)
  })
}

/** The start of a chain of calls: `res` in `res.status(200).type('json')`. */
function startOf(node: Node): Node {
  const bare = unwrap(node)
  if (bare.type === 'AwaitExpression') return startOf(bare.argument)
  if (bare.type !== 'CallExpression') return bare
  const callee = unwrap(bare.callee)
  return callee.type === 'MemberExpression' ? startOf(callee.object) : callee
}

function pathsOf(node: Node, { source, code }: SinkContext): string[] {
  const bare = unwrap(node)
  const isField = bare.type === 'MemberExpression' && bare.object.type === 'ThisExpression'
  const key = isField ? memberKey(bare) : undefined
  const values =
    key === undefined || !isField
      ? []
      : code.lineageOf(code.classOf(bare.object)).flatMap((owner) => code.membersOf(owner, key))
  return [bare, ...values].flatMap((each) => pathOf(each, source) ?? [])
}
