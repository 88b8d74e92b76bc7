import { AST_NODE_TYPES, type TSESLint, type TSESTree } from '@typescript-eslint/utils'
import { constantText } from '../syntax/constants.ts'
import { pathOf } from '../syntax/paths.ts'
import { type CallNode, isFunction, memberKey, unwrap } from '../syntax/syntax.ts'
import { partOf, type Thing } from './environment-objects.ts'

/**
 * The effect of a call on an argument: nothing that reads the environment, give it back, give back the property `key` of it,
 * or anything with the whole.
 */
export type Giving = 'nothing' | 'back' | 'whole' | { readonly key: string | undefined }

/** Functions that change what they are given first, and do no more than give it back. */
const CHANGES =
  /^(?:Object\.(?:assign|definePropert(?:y|ies))|Reflect\.(?:set|deleteProperty|defineProperty))$/
/** Functions that look for the property that they are given second. */
const LOOKS_UP = /^(?:Reflect\.(?:get|has)|Object\.hasOwn)$/
const BINDS: ReadonlySet<string> = new Set(['bind', 'call', 'apply'])

/** The effect of `call` on its argument `node`, which is `thing`. */
export function givingOf(
  call: CallNode,
  node: TSESTree.Node,
  thing: Thing,
  source: TSESLint.SourceCode,
): Giving {
  if (call.arguments[0] !== node) return 'whole'
  const path = pathOf(call.callee, source) ?? ''
  if (path === 'Boolean' || isReceiver(call)) return 'nothing'
  if (CHANGES.test(path)) return 'back'
  const key = constantText(call.arguments[1], source)
  if (LOOKS_UP.test(path)) return { key }
  // `once(process, 'exit')`, `mock.method(process, 'exit')`: the second argument names the part of it.
  const isOtherPart = key !== undefined && thing === 'process' && partOf(thing, key) === undefined
  return isOtherPart ? 'nothing' : 'whole'
}

/** Whether the first argument of `call` is the `this` of a method: `emit.apply(process, given)`. */
function isReceiver({ callee }: CallNode): boolean {
  const method = unwrap(callee)
  return (
    method.type === AST_NODE_TYPES.MemberExpression &&
    BINDS.has(memberKey(method) ?? '') &&
    !isFunction(unwrap(method.object))
  )
}
