import type { Node } from '../syntax/nodes.ts'
import { annotationOf } from '../code/annotations.ts'
import { variableOf } from '../syntax/constants.ts'
import { parameterOf } from '../syntax/origins.ts'
import { lastName, pathOf } from '../syntax/paths.ts'
import { perFile } from '../per-file.ts'
import { memberKey, unwrap } from '../syntax/syntax.ts'
import type { SinkContext } from './sink.ts'

/** The receiver of a method, described in several ways. One of them is enough. */
export interface Receiver {
  /** By its last name, or that of what its chain of calls starts with: `res` in `res.status(1)`. */
  readonly names?: RegExp
  /** By its path, or that of what the field of the class is set to that it is. */
  readonly paths?: RegExp
  /** By the path of the type that the file writes behind it: `express.Response`. */
  readonly written?: RegExp
  /** By its place: it is the first parameter of a function that is given to a function of that name. */
  readonly handedBy?: RegExp
  /** By its type: it has all properties of one of these lists. */
  readonly members?: readonly (readonly string[])[]
  /** The text of files that are worth asking for a type, which is slow. */
  readonly mentions?: RegExp
}

const mentions = perFile((pattern: RegExp, { text }) => pattern.test(text))

/** Whether `node` is such a receiver. */
export function isReceiver(node: Node, receiver: Receiver, context: SinkContext): boolean {
  const { source, types } = context
  const { names, paths, written, members = [] } = receiver
  const named = [node, startOf(node)].map((each) => lastName(each) ?? '')
  if (names !== undefined && named.some((name) => names.test(name))) return true
  if (paths !== undefined && pathsOf(node, context).some((path) => paths.test(path))) return true
  if (written?.test(annotationOf(node, source) ?? '') === true) return true
  if (receiver.handedBy?.test(giverOf(node, context) ?? '') === true) return true
  if (types === undefined || members.length === 0) return false
  if (receiver.mentions !== undefined && !mentions(receiver.mentions, source)) return false
  return members.some((list) => types.has(node, list))
}

/** The name of the function that hands `node` over, as the first parameter of a callback. */
function giverOf(node: Node, { source }: SinkContext): string | undefined {
  const start = startOf(node)
  const variable = start.type === 'Identifier' && variableOf(start, source)
  const parameter = variable ? parameterOf(variable) : undefined
  const call = parameter?.owner.parent
  const isFirst = parameter?.index === 0 && parameter.keys.length === 0
  return isFirst && call?.type === 'CallExpression' ? lastName(call.callee) : undefined
}

/** The start of a chain of calls: `res` in `res.status(200).type('json')`. */
export function startOf(node: Node): Node {
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
