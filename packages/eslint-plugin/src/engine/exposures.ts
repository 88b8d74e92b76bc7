import { AST_NODE_TYPES, type TSESTree } from '@typescript-eslint/utils'
import type { Analysis } from './analysis.ts'
import { memberKey, unwrap } from './syntax/syntax.ts'

const HANDS_ON: ReadonlySet<string> = new Set(['bind', 'call', 'apply'])

/** Whether `node` takes the value out of a `Secret`, or hands on the method that does. */
export function opensSecret(
  node: TSESTree.CallExpression | TSESTree.MemberExpression,
  analysis: Analysis,
): boolean {
  if (node.type === AST_NODE_TYPES.CallExpression) return analysis.exposures().isExposure(node)
  if (memberKey(node) !== 'expose') return false
  const { parent } = node
  const isHandedOn =
    parent.type === AST_NODE_TYPES.MemberExpression && HANDS_ON.has(memberKey(parent) ?? '')
  return isHandedOn && analysis.types?.isSecret(node.object) !== false
}

/** Whether `node` is `secret.map(…)`, which gives the value to its callback. */
export function isSecretMap(node: TSESTree.Node, analysis: Analysis): boolean {
  const callee = node.type === AST_NODE_TYPES.CallExpression ? unwrap(node.callee) : undefined
  if (callee?.type !== AST_NODE_TYPES.MemberExpression || memberKey(callee) !== 'map') return false
  return analysis.exposures().isSecret(callee.object)
}
