import { AST_NODE_TYPES, TSESLint, type TSESTree } from '@typescript-eslint/utils'
import { variableOf } from '../syntax/constants.ts'
import { type Flow, type Frame, type Keys, type Leak, strongest } from './flow.ts'
import { type ParameterOrigin, parameterOf } from '../syntax/origins.ts'
import { EACH } from '../syntax/patterns.ts'
import { isOverwritten, type LiveOrigin, liveOrigins } from './overwrites.ts'
import { readCallback } from './read-callbacks.ts'
import { readStatic } from './read-instances.ts'
import { readPut } from './read-puts.ts'
import { readThrown } from './read-thrown.ts'
import { isSafeByType } from './sanitizers.ts'
import { ownLeak } from './sources.ts'
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
    () => ownLeak(identifier, keys, flow),
  ]
  const found = strongest(readers, (reader) => reader())
  const isSafe = found !== undefined && keys.length === 0 && isSafeByType(identifier, flow)
  return isSafe ? undefined : found
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
  const readers = [
    () =>
      strongest(liveOrigins(variable, use, flow.source), (origin) =>
        readOrigin(origin, keys, frame, flow),
      ),
    () =>
      isOverwritten(variable, use, flow.source)
        ? undefined
        : readDefinition(variable, keys, frame, flow),
  ]
  return strongest(readers, (reader) => reader())
}

/** The value of a variable from the start that is no plain value: the arguments of calls, a class, a caught error. */
function readDefinition(
  variable: TSESLint.Scope.Variable,
  keys: Keys,
  frame: Frame | undefined,
  flow: Flow,
): Leak | undefined {
  const definition = variable.defs[0]
  if (definition?.type === DefinitionType.CatchClause) {
    return readThrown(definition.node.parent.block, keys, frame, flow)
  }
  if (isClass(definition?.node)) return readStatic(definition.node, keys, frame, flow)
  const parameter = parameterOf(variable)
  return parameter === undefined ? undefined : readParameter(parameter, keys, frame, flow)
}

function readOrigin(
  origin: LiveOrigin,
  keys: Keys,
  frame: Frame | undefined,
  flow: Flow,
): Leak | undefined {
  if (origin.into !== undefined) return readPut(origin, keys, frame, flow)
  const left = narrow(keys, origin.lost)
  return left === undefined ? undefined : flow.read(origin.node, [...origin.keys, ...left], frame)
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
      strongest(callsOf(owner, flow.code), (call) =>
        readArgument(call.arguments, parameter, keys, undefined, flow),
      ),
    () => readCallback(parameter, keys, flow),
  ]
  return strongest(readers, (reader) => reader())
}

function readArgument(
  given: CallNode['arguments'] | readonly TSESTree.Node[],
  { index, isRest, keys: accessPath, except }: ParameterOrigin,
  keys: Keys,
  frame: Frame | undefined,
  flow: Flow,
): Leak | undefined {
  const left = narrow(
    keys,
    except.map((key) => [key]),
  )
  if (left === undefined) return undefined
  const path = [...accessPath, ...left]
  const spread = given.findIndex((each) => each.type === AST_NODE_TYPES.SpreadElement)
  if (isRest) return strongest(given.slice(index), (each) => flow.read(each, path.slice(1), frame))
  const from = spread >= 0 && spread <= index ? spread : index
  const argument = given[from]
  if (argument === undefined) return undefined
  return argument.type === AST_NODE_TYPES.SpreadElement
    ? flow.read(argument.argument, [EACH, ...path], frame)
    : flow.read(argument, path, frame)
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
  return strongest(callsOf(owner, flow.code), (call) =>
    strongest(call.arguments, (each) => flow.read(each, [], undefined)),
  )
}
