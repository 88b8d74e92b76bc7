import { AST_NODE_TYPES, type TSESLint, type TSESTree } from '@typescript-eslint/utils'
import { constantValue, variableOf } from './constants.ts'
import { type Flow, type Frame, type Keys, type Leak, strongest } from './flow.ts'
import type { CallNode } from './local-code.ts'
import { isSecretName } from './names.ts'
import { EACH, type Origin, originsOf, type ParameterOrigin, parameterOf } from './origins.ts'
import { readWithout } from './read-values.ts'
import { RECEIVER_CALLBACKS } from './receiver-callbacks.ts'
import { isSecretObject, ownLeak } from './sources.ts'
import { enclosing, type FunctionNode, isFunction, memberKey, unwrap } from './syntax.ts'

/** Reads a variable: what was put into it, or what its parameter is called with; else its type and its name. */
export function readIdentifier(
  identifier: TSESTree.Identifier,
  keys: Keys,
  frame: Frame | undefined,
  flow: Flow,
): Leak | undefined {
  const variable = variableOf(identifier, flow.source)
  const readers = [
    () =>
      variable === undefined ? undefined : readVariable(variable, identifier, keys, frame, flow),
    () => (keys.length === 0 ? ownLeak(identifier, flow) : undefined),
  ]
  return strongest(readers, (reader) => reader())
}

function readVariable(
  variable: TSESLint.Scope.Variable,
  use: TSESTree.Identifier,
  keys: Keys,
  frame: Frame | undefined,
  flow: Flow,
): Leak | undefined {
  if (variable.name === 'arguments' && variable.defs.length === 0) {
    return readArguments(use, frame, flow)
  }
  const parameter = parameterOf(variable)
  const readers = [
    () =>
      strongest(originsOf(variable, use), (origin) => readOrigin(origin, use, keys, frame, flow)),
    () => (parameter === undefined ? undefined : readParameter(parameter, keys, frame, flow)),
  ]
  return strongest(readers, (reader) => reader())
}

function readOrigin(
  origin: Origin,
  use: TSESTree.Identifier,
  keys: Keys,
  frame: Frame | undefined,
  flow: Flow,
): Leak | undefined {
  const [key, ...rest] = keys
  if (origin.into !== undefined) {
    if (key === undefined) return readPut(origin, frame, flow)
    const isThere = origin.into === key || origin.into === EACH || key === EACH
    return isThere ? flow.read(origin.node, rest, frame) : undefined
  }
  if (origin.except.length > 0 && key === undefined) {
    const whole = constantValue(origin.node, flow.source)
    if (whole.type === AST_NODE_TYPES.ObjectExpression) {
      return readWithout(whole, origin.except, frame, flow)
    }
    return origin.except.some(isSecretName)
      ? undefined
      : exposedOnly(flow.read(origin.node, origin.keys, frame))
  }
  if (key !== undefined && origin.except.includes(key)) return undefined
  const found = flow.read(origin.node, [...origin.keys, ...keys], frame)
  const isPart = origin.keys.length > 0 && keys.length === 0
  return isPart && flow.types?.isInert(use) === true ? undefined : found
}

function readPut({ node, into = EACH }: Origin, frame: Frame | undefined, flow: Flow) {
  const found = flow.read(node, [], frame)
  return found ?? (isSecretName(into) ? namedPut(node, flow) : undefined)
}

function namedPut(node: TSESTree.Node, flow: Flow): Leak | undefined {
  const isUnknown = unwrap(node).type === AST_NODE_TYPES.Identifier
  return isUnknown && flow.types?.isText(node) !== false
    ? { kind: 'name', source: node }
    : undefined
}

function exposedOnly(leak: Leak | undefined): Leak | undefined {
  return leak?.kind === 'exposed' ? leak : undefined
}

function readParameter(
  parameter: ParameterOrigin,
  keys: Keys,
  frame: Frame | undefined,
  flow: Flow,
): Leak | undefined {
  const { owner } = parameter
  if (frame?.owner === owner) {
    return readArgument(frame.arguments, parameter, keys, frame.outer, flow)
  }
  const readers = [
    () =>
      strongest(flow.code.callsOf(owner), (call) =>
        readArgument(call.arguments, parameter, keys, undefined, flow),
      ),
    () => readCallback(parameter, keys, flow),
  ]
  return strongest(readers, (reader) => reader())
}

function readArgument(
  given: CallNode['arguments'] | readonly TSESTree.Node[],
  { index, isRest, keys: way, except }: ParameterOrigin,
  keys: Keys,
  frame: Frame | undefined,
  flow: Flow,
): Leak | undefined {
  const path = [...way, ...keys]
  if (except.includes(path.at(-1) ?? '')) return undefined
  const spread = given.findIndex((each) => each.type === AST_NODE_TYPES.SpreadElement)
  if (isRest) return strongest(given.slice(index), (each) => flow.read(each, path.slice(1), frame))
  const from = spread >= 0 && spread <= index ? spread : index
  const argument = given[from]
  if (argument === undefined) return undefined
  return argument.type === AST_NODE_TYPES.SpreadElement
    ? flow.read(argument.argument, [EACH, ...path], frame)
    : flow.read(argument, path, frame)
}

/** A function handed to `map`, `forEach`, `then`, … gets what they are called on; `Secret.map` hands out the value. */
function readCallback({ owner, index, keys: way }: ParameterOrigin, keys: Keys, flow: Flow) {
  return strongest(flow.code.usesOf(owner), (use) => {
    const { parent } = use
    if (parent?.type !== AST_NODE_TYPES.CallExpression || parent.arguments[0] !== use)
      return undefined
    const callee = unwrap(parent.callee)
    const method = callee.type === AST_NODE_TYPES.MemberExpression ? memberKey(callee) : undefined
    if (callee.type !== AST_NODE_TYPES.MemberExpression || method === undefined) return undefined
    if (!RECEIVER_CALLBACKS.has(method) || index > (method === 'reduce' ? 1 : 0)) return undefined
    return readReceiver(callee.object, method, [...way, ...keys], flow)
  })
}

/** What a callback of `method` gets from `receiver`. */
export function readReceiver(
  receiver: TSESTree.Node,
  method: string,
  keys: Keys,
  flow: Flow,
): Leak | undefined {
  if (isSecretObject(receiver, flow)) {
    return method === 'map' ? { kind: 'exposed', source: receiver } : undefined
  }
  return flow.read(receiver, method === 'then' ? keys : [EACH, ...keys], undefined)
}

function readArguments(use: TSESTree.Identifier, frame: Frame | undefined, flow: Flow) {
  const owner = enclosing(
    use,
    (each): each is FunctionNode =>
      isFunction(each) && each.type !== AST_NODE_TYPES.ArrowFunctionExpression,
  )
  if (owner === undefined) return undefined
  if (frame?.owner === owner) {
    return strongest(frame.arguments, (each) => flow.read(each, [], frame.outer))
  }
  return strongest(flow.code.callsOf(owner), (call) =>
    strongest(call.arguments, (each) => flow.read(each, [], undefined)),
  )
}
