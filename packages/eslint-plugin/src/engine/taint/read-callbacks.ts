import type { CallExpression, Node } from '../syntax/nodes.ts'
import { constantText } from '../syntax/constants.ts'
import { anyOf, enterCall, type Flow, type Found, strongest } from './flow.ts'
import type { Keys } from '../graph/access-path.ts'
import { memberCalls } from '../syntax/member-calls.ts'
import type { ParameterOrigin } from '../syntax/origins.ts'
import { EACH } from '../syntax/patterns.ts'
import { readRejection } from './read-thrown.ts'
import { RECEIVER_CALLBACKS } from './receiver-callbacks.ts'
import { isSecretObject } from './sources.ts'
import { memberKey, unwrap } from '../syntax/syntax.ts'
import { usesOf } from '../code/callers.ts'

const LISTENS: ReadonlySet<string> = new Set(
  'on once addListener prependListener prependOnceListener'.split(' '),
)

/** The value of a parameter of a function that is handed to another one: an element, a result, a failure, an event. */
export function readCallback(parameter: ParameterOrigin, keys: Keys, flow: Flow) {
  return strongest(usesOf(parameter.owner, flow.source), (use) => {
    const { parent } = use
    if (parent?.type !== 'CallExpression') return undefined
    const place = parent.arguments.findIndex((argument) => argument === use)
    if (place < 0) return undefined
    return anyOf(
      () => readMethodCallback(parent, place, parameter, keys, flow),
      () => readHandedOn(parent, place, parameter, keys, flow),
    )
  })
}

function readMethodCallback(
  call: CallExpression,
  place: number,
  parameter: ParameterOrigin,
  keys: Keys,
  flow: Flow,
): Found {
  const callee = unwrap(call.callee)
  const method = callee.type === 'MemberExpression' ? memberKey(callee) : undefined
  if (callee.type !== 'MemberExpression' || method === undefined) return undefined
  const accessPath = [...parameter.keys, ...keys]
  if (LISTENS.has(method) && place === 1) {
    return readEvent(callee.object, call.arguments[0], parameter.index, accessPath, flow)
  }
  if (parameter.index > (method === 'reduce' ? 1 : 0)) return undefined
  if (method === 'then' && place === 1)
    return readReceiver(callee.object, 'catch', accessPath, flow)
  const isHandedOver = RECEIVER_CALLBACKS.has(method) && place === 0
  return isHandedOver ? readReceiver(callee.object, method, accessPath, flow) : undefined
}

/** The value that a function of the file gives to the function that it is handed at `place`. */
function readHandedOn(
  call: CallExpression,
  place: number,
  { index, keys: accessPath }: ParameterOrigin,
  keys: Keys,
  flow: Flow,
): Found {
  const owner = flow.code.functionOf(call.callee)
  const name = owner?.params[place]
  if (owner === undefined || name?.type !== 'Identifier') return undefined
  const called = enterCall(owner, call.arguments, flow.outside())
  const handed = flow.source
    .getDeclaredVariables(owner)
    .find(({ identifiers }) => identifiers[0] === name)
  return strongest(handed?.references ?? [], ({ identifier }) => {
    const { parent } = identifier
    const isCall = parent.type === 'CallExpression' && parent.callee === identifier
    const given = isCall ? parent.arguments[index] : undefined
    return given && called.read(given, [...accessPath, ...keys])
  })
}

/** The value that a callback of `method` gets from `receiver`. `Secret.map` hands out the value. */
export function readReceiver(receiver: Node, method: string, keys: Keys, flow: Flow): Found {
  if (method === 'catch') return readRejection(receiver, keys, flow.outside())
  if (isSecretObject(receiver, flow)) {
    return method === 'map' ? { kind: 'exposed', source: receiver } : undefined
  }
  return flow.outside().read(receiver, method === 'then' ? keys : [EACH, ...keys])
}

/** The value that the listener of an event gets at `index` where this file emits it. */
function readEvent(
  emitter: Node,
  event: Node | undefined,
  index: number,
  keys: Keys,
  flow: Flow,
): Found {
  const { source } = flow
  const name = constantText(event, source)
  if (name === undefined) return undefined
  const emits = memberCalls(source, 'emit').filter(
    ({ callee, arguments: [emitted] }) =>
      constantText(emitted, source) === name &&
      source.getText(callee.object) === source.getText(emitter),
  )
  return strongest(emits, ({ arguments: [, ...given] }) => {
    const value = given[index]
    return value === undefined ? undefined : flow.outside().read(value, keys)
  })
}
