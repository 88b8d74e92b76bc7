import { AST_NODE_TYPES, type TSESTree } from '@typescript-eslint/utils'
import { constantText, constantValue } from './constants.ts'
import { type Flow, type Frame, type Keys, type Leak, strongest } from './flow.ts'
import { isHarmlessProperty } from './names.ts'
import { lastName, pathOf } from './paths.ts'
import { partOf } from './read-values.ts'
import { isExposure, isSanitizer, isSecretObject, ownLeak } from './sources.ts'
import { isFunction, memberKey, unwrap } from './syntax.ts'

/** A call in a call in a call: deeper chains of local functions are not followed. */
const MAX_FRAMES = 3

/** Functions whose result shows what they are given. */
const SHOWS = new RegExp(
  [
    'JSON\\.(?:stringify|parse)',
    'util\\.(?:inspect|format|formatWithOptions|styleText|stripVTControlCharacters)',
    'String|String\\.raw|Array\\.(?:from|of)|Buffer\\.(?:from|concat)|Uint8Array\\.from|buffer\\.Buffer\\.from',
    'Object\\.(?:values|entries|fromEntries)',
    'btoa|atob|escape|encodeURI|encodeURIComponent|decodeURIComponent',
    '(?:querystring|qs)\\.(?:stringify|escape)',
    'Promise\\.(?:all|allSettled|any|race)',
    'Error|TypeError|RangeError|AggregateError',
  ]
    .map((path) => `^(?:${path})$`)
    .join('|'),
)

/** Functions whose result has the shape of what they are given. */
const KEEPS_SHAPE =
  /^(?:Object\.(?:assign|freeze|seal)|structuredClone|Promise\.resolve|v8\.deserialize)$/

/** Methods whose result shows what they are called on. */
const SHOWS_RECEIVER: ReadonlySet<string> = new Set(
  (
    'toString valueOf toJSON toWellFormed normalize trim trimStart trimEnd toUpperCase toLowerCase slice substring substr ' +
    'subarray at charAt split concat replace replaceAll padStart padEnd repeat match matchAll join reverse toReversed sort ' +
    'toSorted flat filter find findLast get pop shift values entries with catch finally decode encode'
  ).split(' '),
)

/** Methods whose result also shows their arguments. */
const SHOWS_ARGUMENTS: ReadonlySet<string> = new Set(
  'concat replace replaceAll padStart padEnd join with encode decode fill then'.split(' '),
)

/** Methods whose result shows what their callback gives back. */
const SHOWS_CALLBACK: ReadonlySet<string> = new Set('map flatMap then reduce catch'.split(' '))

const GIVES_ARRAY: ReadonlySet<string> = new Set(['map', 'flatMap'])

/** Classes whose instances, when printed, show what they are made with. Errors, and classes that extend one, too. */
const SHOWS_ALL =
  /^(?:Map|Set|URL|URLSearchParams|Headers|Request|Array|String|Uint8Array|.*Error)$/

/** A pattern that replaces every character. */
const EVERY_CHARACTER = /^(?:\.|\\S|\\w|\[\s\S\]|\[\^\])[+*]?$/

/** Reads what a call gives back. */
export function readCall(
  call: TSESTree.CallExpression,
  keys: Keys,
  frame: Frame | undefined,
  flow: Flow,
): Leak | undefined {
  if (isExposure(call, flow)) return partOf({ kind: 'exposed', source: call }, keys)
  if (isSanitizer(call, flow)) return undefined
  const readers = [
    () => readLocalCall(call, keys, frame, flow),
    () => readPassing(call, keys, frame, flow),
    () => readMethod(call, keys, frame, flow),
    () => (keys.length === 0 ? ownLeak(call, flow) : undefined),
  ]
  const found = strongest(readers, (reader) => reader())
  return found !== undefined && flow.types?.isInert(call) === true ? undefined : found
}

function readLocalCall(
  call: TSESTree.CallExpression,
  keys: Keys,
  frame: Frame | undefined,
  flow: Flow,
): Leak | undefined {
  const owner = flow.code.functionOf(call.callee)
  const depth = (frame?.depth ?? 0) + 1
  if (owner === undefined || depth > MAX_FRAMES) return undefined
  const inner = { owner, arguments: call.arguments, outer: frame, depth }
  const results = flow.code.returnsOf(owner)
  return strongest(results, (result) =>
    flow.read(result, owner.generator ? keys.slice(1) : keys, inner),
  )
}

function readPassing(
  call: TSESTree.CallExpression,
  keys: Keys,
  frame: Frame | undefined,
  flow: Flow,
): Leak | undefined {
  const path = pathOf(call.callee, flow.source)
  if (path === undefined) return undefined
  if (KEEPS_SHAPE.test(path)) {
    return strongest(call.arguments, (argument) => flow.read(argument, keys, frame))
  }
  if (!SHOWS.test(path) || keys.some(isHarmlessProperty)) return undefined
  const found = strongest(call.arguments, (argument) => flow.read(argument, [], frame))
  // Text made of a Secret on purpose is its label.
  return path === 'String' && found?.kind === 'secret' ? undefined : found
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
  if (masks(call, method, flow) || keys.some(isHarmlessProperty)) return undefined
  const readers = [
    () => (SHOWS_RECEIVER.has(method) ? readShown(callee.object, method, frame, flow) : undefined),
    () => (SHOWS_ARGUMENTS.has(method) ? readArguments(call, frame, flow) : undefined),
    () =>
      SHOWS_CALLBACK.has(method)
        ? readCallbackResult(call, callee.object, method, keys, frame, flow)
        : undefined,
  ]
  return strongest(readers, (reader) => reader())
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

function readArguments(call: TSESTree.CallExpression, frame: Frame | undefined, flow: Flow) {
  return strongest(call.arguments, (argument) =>
    isFunction(argument) ? undefined : flow.read(argument, [], frame),
  )
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
    return partOf({ kind: 'secret', source: call }, keys)
  }
  const rest = GIVES_ARRAY.has(method) ? keys.slice(1) : keys
  return strongest(flow.code.returnsOf(owner), (result) => flow.read(result, rest, frame))
}

function masks(call: TSESTree.CallExpression, method: string, { source }: Flow): boolean {
  const pattern = call.arguments[0]
  if ((method !== 'replace' && method !== 'replaceAll') || pattern === undefined) return false
  const value = constantValue(pattern, source)
  if (value.type === AST_NODE_TYPES.Literal && 'regex' in value) {
    return value.regex.flags.includes('g') && EVERY_CHARACTER.test(value.regex.pattern)
  }
  if (value.type !== AST_NODE_TYPES.NewExpression) return false
  const [text = '', flags = ''] = value.arguments.map((each) => constantText(each, source))
  return lastName(value.callee) === 'RegExp' && flags.includes('g') && EVERY_CHARACTER.test(text)
}

/** Reads what printing a new object shows. */
export function readNew(
  construction: TSESTree.NewExpression,
  keys: Keys,
  frame: Frame | undefined,
  flow: Flow,
): Leak | undefined {
  const readers = [
    () => readInstance(construction, keys, frame, flow),
    () =>
      showsArguments(construction, flow) && !keys.some(isHarmlessProperty)
        ? strongest(construction.arguments, (argument) => flow.read(argument, [], frame))
        : undefined,
    () => (keys.length === 0 ? ownLeak(construction, flow) : undefined),
  ]
  return strongest(readers, (reader) => reader())
}

function showsArguments(construction: TSESTree.NewExpression, { code }: Flow): boolean {
  const base = code.constructed(construction)?.superClass
  return [construction.callee, base].some(
    (named) => named !== null && named !== undefined && SHOWS_ALL.test(lastName(named) ?? ''),
  )
}

function readInstance(
  construction: TSESTree.NewExpression,
  keys: Keys,
  frame: Frame | undefined,
  flow: Flow,
): Leak | undefined {
  const owner = flow.code.constructed(construction)
  const initializer = owner?.body.body.find(
    (member) => member.type === AST_NODE_TYPES.MethodDefinition && member.kind === 'constructor',
  )
  const body = initializer?.type === AST_NODE_TYPES.MethodDefinition ? initializer.value : undefined
  const depth = (frame?.depth ?? 0) + 1
  if (owner === undefined || depth > MAX_FRAMES) return undefined
  const inner = isFunction(body)
    ? { owner: body, arguments: construction.arguments, outer: frame, depth }
    : undefined
  const [wanted, ...rest] = keys
  const fields = wanted === undefined ? flow.code.shownFieldsOf(owner) : [wanted]
  return strongest(fields, (key) =>
    strongest(flow.code.membersOf(owner, key), (member) =>
      isFunction(member) ? undefined : flow.read(member, rest, inner),
    ),
  )
}
