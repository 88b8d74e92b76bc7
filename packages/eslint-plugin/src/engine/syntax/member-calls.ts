import { AST_NODE_TYPES, type TSESLint, type TSESTree } from '@typescript-eslint/utils'
import { memberKey, unwrap } from './syntax.ts'
import { visited } from '../visits.ts'

/** `object.key(…)` */
export interface MemberCall {
  readonly call: TSESTree.CallExpression
  readonly callee: TSESTree.MemberExpression
  readonly arguments: readonly TSESTree.CallExpressionArgument[]
}

const KNOWN = new WeakMap<TSESLint.SourceCode, ReadonlyMap<string, readonly MemberCall[]>>()

/** The calls in the file of `source` of methods that are called `key`, on any object. Reads the file once. */
export function memberCalls(source: TSESLint.SourceCode, key: string): readonly MemberCall[] {
  const byKey = KNOWN.get(source) ?? collect(source)
  KNOWN.set(source, byKey)
  return byKey.get(key) ?? []
}

function collect(source: TSESLint.SourceCode): ReadonlyMap<string, readonly MemberCall[]> {
  const byKey = new Map<string, MemberCall[]>()
  for (const node of visited(source, AST_NODE_TYPES.CallExpression)) {
    const callee = unwrap(node.callee)
    const key = callee.type === AST_NODE_TYPES.MemberExpression ? memberKey(callee) : undefined
    if (callee.type !== AST_NODE_TYPES.MemberExpression || key === undefined) continue
    const calls = byKey.get(key) ?? []
    calls.push({ call: node, callee, arguments: node.arguments })
    byKey.set(key, calls)
  }
  return byKey
}
