import type { CallExpression, Node } from '../syntax/nodes.ts'
import { constantValue } from '../syntax/constants.ts'
import type { LocalCode } from '../code/local-code.ts'
import { pathOf } from '../syntax/paths.ts'
import { type FunctionNode, isFunction, memberKey, unwrap } from '../syntax/syntax.ts'
import { isAbruptHandler, mayReturnEarly } from './abrupt-ends.ts'

/** An expression that certainly loads the secrets of a service. */
export interface Loading {
  readonly code: LocalCode
  isLoader(call: CallExpression): boolean
  /** Whether the secrets are loaded whenever `node` has run. */
  runs(node: Node): boolean
  /** Whether the secrets are loaded once the value of `node` has been awaited. */
  promises(node: Node): boolean
}

/** Of which promises a combination waits for, and fails with: some of them will do, or every one has to load. */
const COMBINERS: ReadonlyMap<string, 'some' | 'every' | 'none'> = new Map([
  ['Promise.all', 'some'],
  ['Promise.resolve', 'some'],
  ['Promise.race', 'every'],
  ['Promise.any', 'every'],
  ['Promise.allSettled', 'none'],
])

const CHAINS: ReadonlySet<string> = new Set(['then', 'catch', 'finally'])

/** Whether the secrets are loaded once the value of `node` has been awaited. */
export function promisesLoading(node: Node, loading: Loading): boolean {
  switch (node.type) {
    case 'CallExpression':
      return loading.isLoader(node) || callPromises(node, loading)
    case 'AwaitExpression':
      return loading.promises(node.argument)
    case 'AssignmentExpression':
      return loading.promises(node.right)
    case 'ConditionalExpression':
      return loading.promises(node.consequent) && loading.promises(node.alternate)
    case 'LogicalExpression':
      return loading.promises(node.left) && loading.promises(node.right)
    case 'Identifier': {
      const value = constantValue(node, loading.code.source)
      return value !== node && loading.promises(value)
    }
    default:
      return false
  }
}

function callPromises(call: CallExpression, loading: Loading): boolean {
  const { code } = loading
  const combined = COMBINERS.get(pathOf(call.callee, code.source) ?? '')
  if (combined !== undefined) return combinationPromises(call, combined, loading)
  const owner = code.functionOf(call.callee)
  if (owner !== undefined) return functionLoads(owner, loading)
  const callee = unwrap(call.callee)
  const method = callee.type === 'MemberExpression' ? (memberKey(callee) ?? '') : ''
  return callee.type === 'MemberExpression' && CHAINS.has(method)
    ? chainPromises(callee.object, method, call.arguments, loading)
    : isHandedOn(call, loading)
}

function combinationPromises(
  { arguments: [first] }: CallExpression,
  combined: 'some' | 'every' | 'none',
  loading: Loading,
): boolean {
  const parts = first?.type === 'ArrayExpression' ? first.elements : [first]
  const promised = parts.filter((part) => part && loading.promises(part))
  const needed = { some: 1, every: parts.length, none: Infinity }[combined]
  return promised.length > 0 && promised.length >= needed
}

/** `loading.then(…)`, `loading.catch(…)`, `loading.finally(…)`, and a `then` whose callback loads. */
function chainPromises(
  receiver: Node,
  method: string,
  [first, second]: readonly Node[],
  loading: Loading,
): boolean {
  const onFailure = method === 'catch' ? first : method === 'then' ? second : undefined
  if (onFailure !== undefined && !isAbruptHandler(onFailure, loading.code)) return false
  const next = method === 'then' && first !== undefined ? loading.code.functionOf(first) : undefined
  return loading.promises(receiver) || (next !== undefined && functionLoads(next, loading))
}

/** Whether a function of elsewhere is given what loads, to wait for or to try: `retry(() => loadService(definition))`. */
function isHandedOn(call: CallExpression, loading: Loading): boolean {
  return call.arguments.some((given) =>
    isFunction(given) ? functionLoads(given, loading) : loading.promises(given),
  )
}

/** Whether calling `owner`, and waiting for it, loads the secrets. */
function functionLoads(owner: FunctionNode, loading: Loading): boolean {
  const { body } = owner
  if (body.type !== 'BlockStatement') return loading.promises(body) || loading.runs(body)
  for (const statement of body.body) {
    if (mayReturnEarly(statement, loading.code)) break
    if (loading.runs(statement)) return true
  }
  const results = loading.code.returnsOf(owner)
  return results.length > 0 && results.every((result) => loading.promises(result))
}
