import { TSESLint } from '@typescript-eslint/utils'
import type { Identifier, Variable } from '../syntax/nodes.ts'
import { variableOf } from '../syntax/constants.ts'
import { anyOf, type Flow, type Found, readAny, strongest } from './flow.ts'
import { type Origin, type ParameterOrigin, parameterOf } from '../syntax/origins.ts'
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
import { argumentsAt } from '../graph/arguments.ts'
import { onlyKey } from '../graph/puts.ts'
import { readPut } from './read-puts.ts'
import { readThrown } from './read-thrown.ts'
import { isSafeByType } from './sanitizers.ts'
import { ownLeak, patternLeak } from './sources.ts'
import { enclosing, type FunctionNode, isClass, isFunction } from '../syntax/syntax.ts'
import { narrow, type Keys } from '../graph/access-path.ts'
import { behindScript } from '../syntax/templates.ts'
import { callsOf } from '../code/callers.ts'

const { DefinitionType } = TSESLint.Scope

/** Reads a variable: what was put into it, or what its parameter is called with; else its type and its name. */
export function readIdentifier(identifier: Identifier, keys: Keys, flow: Flow): Found {
  const variable = variableOf(identifier, flow.source)
  if (keys.length === 0 && isKnownText(identifier, flow.source)) return undefined
  const found = anyOf(
    () =>
      variable === undefined
        ? undefined
        : readVariable(variable, behindScript(identifier, flow.source), keys, flow),
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
    return readAny(argumentsAt(frame.arguments, parameter, keys), frame.outer)
  }
  return anyOf(
    () =>
      strongest(callsOf(owner, flow.code), (call) =>
        readAny(argumentsAt(call.arguments, parameter, keys), flow.outside()),
      ),
    () => readCallback(parameter, keys, flow),
  )
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
