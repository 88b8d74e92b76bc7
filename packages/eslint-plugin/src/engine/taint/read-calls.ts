import { AST_NODE_TYPES, type TSESTree } from '@typescript-eslint/utils'
import { type Flow, type Frame, type Keys, type Leak, strongest } from './flow.ts'
import { pathOf } from '../syntax/paths.ts'
import { leakOfPart } from './read-values.ts'
import { isSafeByType, isSanitizer } from './sanitizers.ts'
import {
  hasShape,
  masks,
  shownArguments,
  SHOWS_RECEIVER,
  showsGiven,
  showsValues,
  accessPathIntoGiven,
  accessPathIntoReceiver,
} from './shown-values.ts'
import { isExposure, isSecretObject, ownLeak } from './sources.ts'
import { isFunction, memberKey, unwrap } from '../syntax/syntax.ts'
import { isHarmlessPath } from './access-path.ts'

/** A call in a call in a call: deeper chains of local functions are not followed. */
const MAX_FRAMES = 3

/** Methods whose result shows what their callback gives back. */
const SHOWS_CALLBACK: ReadonlySet<string> = new Set('map flatMap then reduce catch'.split(' '))

const GIVES_ARRAY: ReadonlySet<string> = new Set(['map', 'flatMap'])

/** Reads what a call gives back. */
export function readCall(
  call: TSESTree.CallExpression,
  keys: Keys,
  frame: Frame | undefined,
  flow: Flow,
): Leak | undefined {
  if (isExposure(call, flow)) return leakOfPart({ kind: 'exposed', source: call }, keys)
  if (isSanitizer(call, flow)) return undefined
  const readers = [
    () => readLocalCall(call, call.callee, call.arguments, keys, frame, flow),
    () => readPassing(call, keys, frame, flow),
    () => readMethod(call, keys, frame, flow),
    () => ownLeak(call, keys, flow),
  ]
  const found = strongest(readers, (reader) => reader())
  return found !== undefined && isSafeByType(call, flow) ? undefined : found
}

/** Reads what a template with a tag gives: a function of the file is called with the texts, and then the values. */
export function readTagged(
  { tag, quasi }: TSESTree.TaggedTemplateExpression,
  keys: Keys,
  frame: Frame | undefined,
  flow: Flow,
): Leak | undefined {
  if (showsValues(pathOf(tag, flow.source) ?? '')) return flow.read(quasi, keys, frame)
  const given = [...quasi.quasis.slice(0, 1), ...quasi.expressions]
  return readLocalCall(tag, tag, given, keys, frame, flow)
}

function readLocalCall(
  at: TSESTree.Node,
  callee: TSESTree.Node,
  given: readonly TSESTree.Node[],
  keys: Keys,
  frame: Frame | undefined,
  flow: Flow,
): Leak | undefined {
  const owner = flow.code.functionOf(callee)
  const depth = (frame?.depth ?? 0) + 1
  if (owner === undefined || depth > MAX_FRAMES) return undefined
  const inner = { owner, arguments: given, outer: frame, depth }
  return strongest(flow.code.returnsOf(owner), (result) =>
    flow.read(result, owner.generator && !delegates(result) ? keys.slice(1) : keys, inner),
  )
}

function delegates({ parent }: TSESTree.Node): boolean {
  return parent?.type === AST_NODE_TYPES.YieldExpression && parent.delegate
}

function readPassing(
  call: TSESTree.CallExpression,
  keys: Keys,
  frame: Frame | undefined,
  flow: Flow,
): Leak | undefined {
  const path = pathOf(call.callee, flow.source)
  if (path === undefined) return undefined
  if (hasShape(path, keys)) {
    const accessPath = accessPathIntoGiven(path, keys)
    return (
      accessPath && strongest(call.arguments, (argument) => flow.read(argument, accessPath, frame))
    )
  }
  const isLocal = flow.code.functionOf(call.callee) !== undefined
  if (isLocal || !showsGiven(path) || isHarmlessPath(keys)) return undefined
  if (path === 'JSON.stringify') return readJson(call, frame, flow)
  const found = strongest(call.arguments, (argument) => flow.read(argument, [], frame))
  // Text made of a Secret on purpose is its label.
  return path === 'String' && found?.kind === 'secret' ? undefined : found
}

/** An instance of a class of the file shows in JSON what its `toJSON` gives. */
function readJson(
  { arguments: given }: TSESTree.CallExpression,
  frame: Frame | undefined,
  flow: Flow,
) {
  const owner = given[0] && flow.code.classOf(given[0])
  const toJson = owner && flow.code.membersOf(owner, 'toJSON').find(isFunction)
  const shown = toJson === undefined ? given : flow.code.returnsOf(toJson)
  return strongest(shown, (each) => flow.read(each, [], frame))
}

function readMethod(
  call: TSESTree.CallExpression,
  keys: Keys,
  frame: Frame | undefined,
  flow: Flow,
): Leak | undefined {
  const callee = unwrap(call.callee)
  const method = callee.type === AST_NODE_TYPES.MemberExpression ? memberKey(callee) : undefined
  if (callee.type !== AST_NODE_TYPES.MemberExpression || method === undefined) return undefined
  if (masks(call, method, flow.source) || isHarmlessPath(keys)) return undefined
  if (cutsOut(call, method, frame, flow)) return undefined
  const accessPath = accessPathIntoReceiver(method, keys)
  const readers = [
    () => accessPath && flow.read(callee.object, accessPath, frame),
    () => (SHOWS_RECEIVER.has(method) ? readShown(callee.object, method, frame, flow) : undefined),
    () =>
      strongest(shownArguments(method, call.arguments), (argument) =>
        strongest(isFunction(argument) ? flow.code.returnsOf(argument) : [argument], (shown) =>
          flow.read(shown, [], frame),
        ),
      ),
    () =>
      SHOWS_CALLBACK.has(method)
        ? readCallbackResult(call, callee.object, method, keys, frame, flow)
        : undefined,
  ]
  return strongest(readers, (reader) => reader())
}

/** `line.replaceAll(secret.expose(), '***')` */
function cutsOut(
  call: TSESTree.CallExpression,
  method: string,
  frame: Frame | undefined,
  flow: Flow,
): boolean {
  const pattern = call.arguments[0]
  const isReplacement = method === 'replaceAll' || method === 'replace' || method === 'split'
  return isReplacement && pattern !== undefined && flow.read(pattern, [], frame) !== undefined
}

function readShown(
  receiver: TSESTree.Node,
  method: string,
  frame: Frame | undefined,
  flow: Flow,
): Leak | undefined {
  const found = flow.read(receiver, [], frame)
  const isLabel = found?.kind === 'secret' && (method === 'toString' || method === 'toJSON')
  return isLabel ? undefined : found
}

function readCallbackResult(
  call: TSESTree.CallExpression,
  receiver: TSESTree.Node,
  method: string,
  keys: Keys,
  frame: Frame | undefined,
  flow: Flow,
): Leak | undefined {
  const owner = call.arguments[0] && flow.code.functionOf(call.arguments[0])
  if (owner === undefined) return undefined
  if (method === 'map' && isSecretObject(receiver, flow)) {
    return leakOfPart({ kind: 'secret', source: call }, keys)
  }
  const rest = GIVES_ARRAY.has(method) ? keys.slice(1) : keys
  return strongest(flow.code.returnsOf(owner), (result) => flow.read(result, rest, frame))
}
