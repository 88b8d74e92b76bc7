import type { LocalCode } from '../code/local-code.ts'
import { givenRow } from './given-row.ts'
import type { CallExpression, NewExpression, Node } from '../syntax/nodes.ts'
import { pathOf } from '../syntax/paths.ts'
import { type CallNode, isFunction, memberKey, unwrap } from '../syntax/syntax.ts'
import type { Keys } from './access-path.ts'
import { membersAt } from './fields.ts'
import { type Callback, MOVES, transferOf } from './transfers.ts'
import { calledBy, placesInResults } from './results.ts'
import { type How, isElement, type Step, type Steps, stepsTo } from './step.ts'

/** Functions that call their second argument time and again, and give back what it gives. */
const REPEATS = /^(?:(?:Array|Uint8Array|Buffer)\.from|(?:lodash|underscore)[./]times)$/

/** The steps back from what lies at `keys` of what a call gives back. */
export function ofCall(call: CallExpression, keys: Keys, code: LocalCode): Steps {
  const [, second] = call.arguments
  const isRepeated = REPEATS.test(pathOf(call.callee, code.source) ?? '')
  return (
    (isRepeated ? ofResults(second, 'again', keys, code) : undefined) ??
    ofResults(calledBy(call, code.source)[0], 'is', keys, code) ??
    ofFunction(call, keys, code) ??
    ofMethod(call, keys, code)
  )
}

/** The steps back from what lies at `keys` of a new object: of a class of this file, or by the models. */
export function ofNew(construction: NewExpression, keys: Keys, code: LocalCode): Steps {
  const owner = code.constructed(construction)
  if (owner === undefined) return ofFunction(construction, keys, code)
  const places = membersAt(owner, keys, code)
  return places.length === 0 ? undefined : stepsTo('is', places)
}

/** Kinds of functions that give their first argument. */
const FIRST: ReadonlyMap<string | undefined, How> = new Map([
  ['same', 'is'],
  ['holds', 'held'],
])

/** The steps back from the result of a function of another file, by what is known of it. */
export function ofFunction(call: CallNode, keys: Keys, { source }: LocalCode): Steps {
  const move = MOVES.get(pathOf(call.callee, source) ?? '')
  const moved = move?.(keys, call.arguments)
  if (move !== undefined) return moved && toAll('is', call.arguments, moved)
  const { kind } = givenRow(call, source) ?? {}
  if (kind === 'text') return toAll('part', call.arguments, [])
  const how = FIRST.get(kind)
  return how && toAll(how, call.arguments.slice(0, 1), keys)
}

/** The steps back from the result of a method, by its name. */
export function ofMethod(call: CallExpression, keys: Keys, code: LocalCode): Steps {
  const callee = unwrap(call.callee)
  const method = callee.type === 'MemberExpression' ? memberKey(callee) : undefined
  const transfer = transferOf(method ?? '')
  if (callee.type !== 'MemberExpression' || transfer === undefined) return undefined
  const { receiver, given, callback } = transfer
  const within = receiver?.(keys, call.arguments)
  const shown = given === undefined || !isElement(keys) ? [] : call.arguments.slice(...given)
  return [
    ...(within === undefined ? [] : toAll('is', [callee.object], within)),
    ...toAll(
      'part',
      shown.filter((each) => !isFunction(each)),
      [],
    ),
    ...(callback === undefined ? [] : ofCallback(call, callee.object, callback, keys, code)),
  ]
}

/** The results of a callback, and, where it is called for each element, the list that it goes over. */
function ofCallback(
  call: CallExpression,
  receiver: Node,
  { at, how, isElement = false }: Callback,
  keys: Keys,
  code: LocalCode,
): Step[] {
  const results = ofResults(call.arguments[at], how, isElement ? keys.slice(1) : keys, code)
  if (results === undefined) return []
  return how === 'again' ? [...results, { how: 'over', node: receiver, keys: [] }] : [...results]
}

/** The results of the function of this file that `callee` names; not of one that makes functions. */
function ofResults(callee: Node | undefined, how: How, keys: Keys, code: LocalCode): Steps {
  const owner = callee && code.functionOf(callee)
  const places = owner === undefined ? [] : placesInResults(owner, keys, code)
  return places.every(({ node }) => isFunction(node)) ? undefined : stepsTo(how, places)
}

function toAll(how: How, nodes: readonly Node[], keys: Keys): Step[] {
  return nodes.map((node) => ({ how, node, keys }))
}
