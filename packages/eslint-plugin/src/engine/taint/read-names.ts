import { TSESLint } from '@typescript-eslint/utils'
import type { Identifier, Node, Variable } from '../syntax/nodes.ts'
import { variableOf } from '../syntax/constants.ts'
import { anyOf, type Flow, type Found, type Keys, strongest } from './flow.ts'
import { type Origin, type ParameterOrigin, parameterOf } from '../syntax/origins.ts'
import { EACH } from '../syntax/patterns.ts'
import {
  type History,
  historyOf,
  isOverwritten,
  type LiveOrigin,
  liveOrigins,
  liveRange,
  neverTaken,
  type Range,
} from './overwrites.ts'
import { isKnownText } from './guards.ts'
import { readCallback } from './read-callbacks.ts'
import { readStatic } from './read-instances.ts'
import { onlyKey, readPut } from './read-puts.ts'
import { readThrown } from './read-thrown.ts'
import { isSafeByType } from './sanitizers.ts'
import { ownLeak, patternLeak } from './sources.ts'
import {
  type CallNode,
  enclosing,
  type FunctionNode,
  isClass,
  isFunction,
} from '../syntax/syntax.ts'
import { narrow } from './access-path.ts'
import { callsOf } from '../code/callers.ts'

const { DefinitionType } = TSESLint.Scope

/** Reads a variable: what was put into it, or what its parameter is called with; else its type and its name. */
export function readIdentifier(identifier: Identifier, keys: Keys, flow: Flow): Found {
  const variable = variableOf(identifier, flow.source)
  if (keys.length === 0 && isKnownText(identifier, flow.source)) return undefined
  const found = anyOf(
    () => (variable === undefined ? undefined : readVariable(variable, identifier, keys, flow)),
    () => ownLeak(identifier, keys, flow),
  )
  const isSafe = found !== undefined && keys.length === 0 && isSafeByType(identifier, flow)
  return isSafe ? undefined : found
}

function readVariable(variable: Variable, use: Identifier, keys: Keys, flow: Flow): Found {
  if (variable.name === 'arguments' && variable.defs.length === 0) {
    return readArguments(use, flow)
  }
  return anyOf(
    () => readOrigins(variable, use, keys, flow),
    () =>
      isOverwritten(variable, use, flow.source)
        ? undefined
        : readDefinition(variable, use, keys, flow),
  )
}

/** Reads what was put into a variable: in its function up to the use, in others all, since they may run at any time. */
function readOrigins(variable: Variable, use: Identifier, keys: Keys, flow: Flow): Found {
  const history = historyOf(variable, flow.source)
  if (!history.isPlain) {
    return strongest(liveOrigins(variable, use, flow.source, onlyKey(keys)), (origin) =>
      readOrigin(origin, use, keys, flow),
    )
  }
  const [from, to] = history.ranges.get(enclosing(use, isFunction)) ?? [0, 0]
  const read = (range: Range, isUp: boolean) =>
    readRange(
      history,
      range,
      isUp,
      (origin) => readOrigin({ ...origin, lost: neverTaken(origin) }, use, keys, flow),
      keys,
      flow,
    )
  return anyOf(
    () => read([0, from], true),
    () => read(liveRange(history, use), true),
    () => read([to, history.origins.length], false),
  )
}

/** So many origins are read one after the other. */
const ROW = 16

/**
 * Reads some origins of a variable. Of longer ranges all but the last ones, or all but the first ones, are a question of
 * their own, which the neighbouring uses of the variable ask too.
 */
function readRange(
  history: History,
  [from, to]: Range,
  isUp: boolean,
  read: (origin: Origin) => Found,
  keys: Keys,
  flow: Flow,
): Found {
  const cut = isUp
    ? Math.max(from, Math.floor((to - 1) / ROW) * ROW)
    : Math.min(to, Math.ceil((from + 1) / ROW) * ROW)
  const [near, far]: readonly [Range, Range] = isUp
    ? [
        [cut, to],
        [from, cut],
      ]
    : [
        [from, cut],
        [cut, to],
      ]
  const readNear = () => strongest(history.origins.slice(...near), read)
  if (far[0] >= far[1]) return readNear()
  const readFar = () =>
    flow.ask(history, [far.join(), String(isUp), ...keys], () =>
      readRange(history, far, isUp, read, keys, flow),
    )
  return isUp ? anyOf(readFar, readNear) : anyOf(readNear, readFar)
}

/** The value of a variable from the start that is no plain value: the arguments of calls, a class, a caught error. */
function readDefinition(variable: Variable, use: Identifier, keys: Keys, flow: Flow): Found {
  const definition = variable.defs[0]
  if (definition?.type === DefinitionType.CatchClause) {
    return readThrown(definition.node.parent.block, keys, flow)
  }
  if (isClass(definition?.node)) return readStatic(definition.node, keys, flow)
  const parameter = parameterOf(variable)
  if (parameter === undefined) return undefined
  return anyOf(
    () => readParameter(parameter, keys, flow),
    () => (keys.length === 0 ? patternLeak(parameter.keys, use, flow) : undefined),
  )
}

function readOrigin(origin: LiveOrigin, use: Identifier, keys: Keys, flow: Flow): Found {
  if (origin.into !== undefined) return readPut(origin, keys, flow)
  const left = narrow(keys, origin.lost)
  if (left === undefined) return undefined
  return anyOf(
    () => flow.read(origin.node, [...origin.keys, ...left]),
    () => (left.length === 0 ? patternLeak(origin.keys, use, flow) : undefined),
  )
}

function readParameter(parameter: ParameterOrigin, keys: Keys, flow: Flow): Found {
  const { owner } = parameter
  const { frame } = flow
  if (frame?.owner === owner) {
    return readArgument(frame.arguments, parameter, keys, frame.outer)
  }
  return anyOf(
    () =>
      strongest(callsOf(owner, flow.code), (call) =>
        readArgument(call.arguments, parameter, keys, flow.outside()),
      ),
    () => readCallback(parameter, keys, flow),
  )
}

function readArgument(
  given: CallNode['arguments'] | readonly Node[],
  { index, isRest, keys: accessPath, except }: ParameterOrigin,
  keys: Keys,
  flow: Flow,
): Found {
  const left = narrow(
    keys,
    except.map((key) => [key]),
  )
  if (left === undefined) return undefined
  const path = [...accessPath, ...left]
  const spread = given.findIndex((each) => each.type === 'SpreadElement')
  if (isRest) return strongest(given.slice(index), (each) => flow.read(each, path.slice(1)))
  const from = spread >= 0 && spread <= index ? spread : index
  const argument = given[from]
  if (argument === undefined) return undefined
  return argument.type === 'SpreadElement'
    ? flow.read(argument.argument, [EACH, ...path])
    : flow.read(argument, path)
}

function readArguments(use: Identifier, flow: Flow) {
  const owner = enclosing(
    use,
    (each): each is FunctionNode => isFunction(each) && each.type !== 'ArrowFunctionExpression',
  )
  if (owner === undefined) return undefined
  const { frame } = flow
  if (frame?.owner === owner) {
    return strongest(frame.arguments, (each) => frame.outer.read(each, []))
  }
  return strongest(callsOf(owner, flow.code), (call) =>
    strongest(call.arguments, (each) => flow.outside().read(each, [])),
  )
}
