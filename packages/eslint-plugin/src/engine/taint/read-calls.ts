import type { TSESTree } from '@typescript-eslint/utils'
import type { CallExpression, Node } from '../syntax/nodes.ts'
import { anyOf, enterCall, type Flow, type Found, readAny, strongest } from './flow.ts'
import { lastName, pathOf } from '../syntax/paths.ts'
import { calledBy, givenByTag, placesInResults } from '../graph/results.ts'
import { leakOfPart } from './read-values.ts'
import { isSafeByType, isSanitizer } from './sanitizers.ts'
import { cutsShort, masks, masksPart, showsByName } from './shown-values.ts'
import { modelsOf } from '../../models/models-of.ts'
import { ofFunction, ofMethod } from '../graph/calls.ts'
import { givenRow } from '../graph/given-row.ts'
import { isExposure, isSecretObject, ownLeak } from './sources.ts'
import { isFunction, memberKey, unwrap } from '../syntax/syntax.ts'
import { isHarmlessPath, type Keys } from '../graph/access-path.ts'

/** Reads what a call gives back. */
export function readCall(call: CallExpression, keys: Keys, flow: Flow): Found {
  if (isExposure(call, flow)) return leakOfPart({ kind: 'exposed', source: call }, keys)
  if (isSanitizer(call, flow)) return undefined
  const found = anyOf(
    () => readLocalCall(...calledBy(call, flow.source), keys, flow),
    () => readFunction(call, keys, flow),
    () => readMethod(call, keys, flow),
    () => readSource(call, keys, flow),
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
  const tagPath = pathOf(tag, flow.source) ?? ''
  if (modelsOf(flow.source).givenBy(tagPath)?.kind === 'text') return flow.read(quasi, keys)
  return readLocalCall(tag, givenByTag(quasi, flow.source), keys, flow)
}

function readLocalCall(callee: Node, given: readonly Node[], keys: Keys, flow: Flow): Found {
  const owner = flow.code.functionOf(callee)
  if (owner === undefined) return undefined
  const called = enterCall(owner, given, flow)
  return readAny(placesInResults(owner, keys, flow.code), called)
}

function readFunction(call: CallExpression, keys: Keys, flow: Flow): Found {
  const path = pathOf(call.callee, flow.source)
  if (path === undefined || flow.code.functionOf(call.callee) !== undefined) return undefined
  const steps = ofFunction(call, keys, flow.code)
  const isText = steps === undefined ? showsByName(path) : steps.some(({ how }) => how === 'part')
  if (isText && isHarmlessPath(keys)) return undefined
  if (path === 'JSON.stringify') return readJson(call, flow)
  const found = isText
    ? strongest(call.arguments, (argument) => flow.read(argument, []))
    : readAny(steps?.filter(({ how }) => how === 'is') ?? [], flow)
  // Text made of a Secret on purpose is its label.
  return path === 'String' && found?.kind === 'secret' ? undefined : found
}

/** A function of the models that gives a secret: all of its result counts, but for what is harmless by its name. */
function readSource(call: CallExpression, keys: Keys, flow: Flow): Found {
  const isSecret = givenRow(call, flow.source)?.kind === 'secret' && !isHarmlessPath(keys)
  return isSecret && flow.counts('secret', call) ? { kind: 'name', source: call } : undefined
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
  if (method === 'map' && isSecretObject(callee.object, flow)) {
    return leakOfPart({ kind: 'secret', source: call }, keys)
  }
  const steps = ofMethod(call, keys, flow.code)?.filter(({ how }) => how !== 'over')
  const found = steps && readAny(steps, flow)
  const isLabel = found?.kind === 'secret' && (method === 'toString' || method === 'toJSON')
  const isMasked = found?.kind === 'name' && masksPart(call, method, flow.source)
  return isLabel || isMasked ? undefined : found
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
