import { AST_NODE_TYPES, type TSESTree } from '@typescript-eslint/utils'
import type { LocalCode } from '../code/local-code.ts'
import { lastName, pathOf } from '../syntax/paths.ts'
import { enclosing, isFunction, memberKey, unwrap } from '../syntax/syntax.ts'
import { areOnePersons, areOneThing, arePeers, isHarmlessName } from './compared-names.ts'
import { nameOf } from './compared-values.ts'
import type { Comparison } from './comparisons.ts'

/** Whether both values come from the same hand, or are one thing at two times. */
export function isHarmlessPair({ node, left, right }: Comparison, code: LocalCode): boolean {
  const [one, other] = [left, right].map((side) => nameOf(side, code) ?? '') as [string, string]
  return (
    [one, other].some(isHarmlessName) ||
    areOnePersons(one, other) ||
    areOneThing(one, other) ||
    (one === other && arePeers(ownerOf(left), ownerOf(right))) ||
    isSameOrigin(pathOf(left, code.source), pathOf(right, code.source)) ||
    leavesOut(node)
  )
}

/** The name of what `node` is a property of. */
function ownerOf(node: TSESTree.Node): string {
  const bare = unwrap(node)
  const isMember = bare.type === AST_NODE_TYPES.MemberExpression
  return isMember ? (lastName(bare.object) ?? '') : ''
}

/** Whether both are parts of one thing: two fields of one form. */
function isSameOrigin(one: string | undefined, other: string | undefined): boolean {
  const [left, right] = [one, other].map((path) => path?.split('.').slice(0, -1).join('.') ?? '')
  return left !== '' && left === right
}

/** Whether `node` takes the other elements of a list: `list.filter((each) => each.token !== token)`. */
function leavesOut(node: TSESTree.Node): boolean {
  if (node.type !== AST_NODE_TYPES.BinaryExpression || !node.operator.startsWith('!')) return false
  const { parent } = enclosing(node, isFunction) ?? {}
  const callee = parent?.type === AST_NODE_TYPES.CallExpression ? unwrap(parent.callee) : undefined
  return callee?.type === AST_NODE_TYPES.MemberExpression && memberKey(callee) === 'filter'
}
