import type { TSESTree } from '@typescript-eslint/utils'
import type { CallExpression, Node } from '../syntax/nodes.ts'
import { anyOf, enterCall, type Flow, type Found, type Keys, strongest } from './flow.ts'
import { lastName, pathOf } from '../syntax/paths.ts'
import { perFile } from '../per-file.ts'
import { leakOfPart } from './read-values.ts'
import { isSafeByType, isSanitizer } from './sanitizers.ts'
import {
  cutsShort,
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

/** Methods whose result shows what their callback gives back. */
const SHOWS_CALLBACK: ReadonlySet<string> = new Set('map flatMap then reduce catch'.split(' '))

const GIVES_ARRAY: ReadonlySet<string> = new Set(['map', 'flatMap'])

/** Reads what a call gives back. */
export function readCall(call: CallExpression, keys: Keys, flow: Flow): Found {
  if (isExposure(call, flow)) return leakOfPart({ kind: 'exposed', source: call }, keys)
  if (isSanitizer(call, flow)) return undefined
  const found = anyOf(
    () => readLocalCall(...calledBy(call, flow.source), keys, flow),
    () => readPassing(call, keys, flow),
    () => readMethod(call, keys, flow),
    () => ownLeak(call, keys, flow),
  )
  return found !== undefined && isSafeByType(call, flow) ? undefined : found
}

/** Reads what a template with a tag gives: a function of the file is called with the texts, and then the values. */
export function readTagged(
  { tag, quasi }: TSESTree.TaggedTemplateExpression,
  keys: Keys,
  flow: Flow,
): Found {
  if (showsValues(pathOf(tag, flow.source) ?? '')) return flow.read(quasi, keys)
  return readLocalCall(tag, givenByTag(quasi, flow.source), keys, flow)
}

const givenByTag = perFile(({ quasis, expressions }: TSESTree.TemplateLiteral): readonly Node[] => [
  ...quasis.slice(0, 1),
  ...expressions,
])

/** The function that a call runs, and what it is given, also through `call`, `apply` and `bind`. */
const calledBy = perFile(
  (call: CallExpression): readonly [callee: Node, given: readonly Node[]] => {
    const callee = unwrap(call.callee)
    const [, ...given] = call.arguments
    if (callee.type === 'CallExpression') {
      const [bound, before] = throughMethod(callee, 'bind') ?? [call.callee, []]
      return [bound, [...before, ...call.arguments]]
    }
    const called = throughMethod(call, 'call')
    if (called !== undefined) return called
    const applied = throughMethod(call, 'apply')
    const list = applied && given[0]
    if (list?.type !== 'ArrayExpression') return [call.callee, call.arguments]
    return [applied?.[0] ?? call.callee, list.elements.filter((each) => each !== null)]
  },
)

/** `f` and the arguments after the first one of `f.method(…)`. */
function throughMethod(call: CallExpression, method: string): [Node, readonly Node[]] | undefined {
  const callee = unwrap(call.callee)
  const isThrough = callee.type === 'MemberExpression' && memberKey(callee) === method
  return isThrough ? [callee.object, call.arguments.slice(1)] : undefined
}

function readLocalCall(callee: Node, given: readonly Node[], keys: Keys, flow: Flow): Found {
  const owner = flow.code.functionOf(callee)
  if (owner === undefined) return undefined
  const called = enterCall(owner, given, flow)
  return strongest(flow.code.returnsOf(owner), (result) =>
    called.read(result, owner.generator && !delegates(result) ? keys.slice(1) : keys),
  )
}

function delegates({ parent }: Node): boolean {
  return parent?.type === 'YieldExpression' && parent.delegate
}

function readPassing(call: CallExpression, keys: Keys, flow: Flow): Found {
  const path = pathOf(call.callee, flow.source)
  if (path === undefined) return undefined
  if (hasShape(path, keys)) {
    const accessPath = accessPathIntoGiven(path, keys)
    return accessPath && strongest(call.arguments, (argument) => flow.read(argument, accessPath))
  }
  const isLocal = flow.code.functionOf(call.callee) !== undefined
  if (isLocal || !showsGiven(path) || isHarmlessPath(keys)) return undefined
  if (path === 'JSON.stringify') return readJson(call, flow)
  const found = strongest(call.arguments, (argument) => flow.read(argument, []))
  // Text made of a Secret on purpose is its label.
  return path === 'String' && found?.kind === 'secret' ? undefined : found
}

/** An instance of a class of the file shows in JSON what its `toJSON` gives. */
function readJson({ arguments: given }: CallExpression, flow: Flow) {
  const owner = given[0] && flow.code.classOf(given[0])
  const toJson = owner && flow.code.membersOf(owner, 'toJSON').find(isFunction)
  const shown = toJson === undefined ? given : flow.code.returnsOf(toJson)
  return strongest(shown, (each) => flow.read(each, []))
}

function readMethod(call: CallExpression, keys: Keys, flow: Flow): Found {
  const callee = unwrap(call.callee)
  const method = callee.type === 'MemberExpression' ? memberKey(callee) : undefined
  if (callee.type !== 'MemberExpression' || method === undefined) return undefined
  if (masks(call, method, flow.source) || isHarmlessPath(keys)) return undefined
  if (cutsOut(call, method, flow) || readsClaims(callee.object, method)) return undefined
  if (cutsShort(call, method, flow.source)) return readCut(callee.object, flow)
  const accessPath = accessPathIntoReceiver(method, keys)
  return anyOf(
    () => accessPath && flow.read(callee.object, accessPath),
    () => (SHOWS_RECEIVER.has(method) ? readShown(callee.object, method, flow) : undefined),
    () =>
      strongest(shownArguments(method, call.arguments), (argument) =>
        strongest(isFunction(argument) ? flow.code.returnsOf(argument) : [argument], (shown) =>
          flow.read(shown, []),
        ),
      ),
    () =>
      SHOWS_CALLBACK.has(method)
        ? readCallbackResult(call, callee.object, method, keys, flow)
        : undefined,
  )
}

/** `line.replaceAll(secret.expose(), '***')` */
function cutsOut(call: CallExpression, method: string, flow: Flow): boolean {
  const pattern = call.arguments[0]
  const isReplacement = method === 'replaceAll' || method === 'replace' || method === 'split'
  return isReplacement && pattern !== undefined && flow.read(pattern, []) !== undefined
}

/** `jwt.decode(token)`: the claims of a token are public, its signature is what is secret. */
function readsClaims(receiver: Node, method: string): boolean {
  return method === 'decode' && /jwt|jose|jsonwebtoken/i.test(lastName(receiver) ?? '')
}

/** A few characters of a password help to guess it; those of a random text do not. */
function readCut(receiver: Node, flow: Flow): Found {
  const found = flow.read(receiver, [])
  const isRandom = found?.kind === 'name' && !/pass|pwd|pin|otp/i.test(lastName(found.source) ?? '')
  return isRandom ? undefined : found
}

function readShown(receiver: Node, method: string, flow: Flow): Found {
  const found = flow.read(receiver, [])
  const isLabel = found?.kind === 'secret' && (method === 'toString' || method === 'toJSON')
  return isLabel ? undefined : found
}

function readCallbackResult(
  call: CallExpression,
  receiver: Node,
  method: string,
  keys: Keys,
  flow: Flow,
): Found {
  const owner = call.arguments[0] && flow.code.functionOf(call.arguments[0])
  if (owner === undefined) return undefined
  if (method === 'map' && isSecretObject(receiver, flow)) {
    return leakOfPart({ kind: 'secret', source: call }, keys)
  }
  const rest = GIVES_ARRAY.has(method) ? keys.slice(1) : keys
  return strongest(flow.code.returnsOf(owner), (result) => flow.read(result, rest))
}
