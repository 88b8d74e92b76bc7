import type { CallExpression, MemberExpression, Node, SourceCode } from './syntax/nodes.ts'
import type { Analysis } from './analysis.ts'
import { calledPath } from './syntax/member-calls.ts'
import { memberKey, unwrap } from './syntax/syntax.ts'

const HANDS_ON: ReadonlySet<string> = new Set(['bind', 'call', 'apply'])

/** Whether `node` takes the value out of a `Secret`, or hands on the method that does. */
export function opensSecret(node: CallExpression | MemberExpression, analysis: Analysis): boolean {
  if (node.type === 'CallExpression') return analysis.exposures().isExposure(node)
  if (memberKey(node) !== 'expose') return false
  const { parent } = node
  const isHandedOn = parent.type === 'MemberExpression' && HANDS_ON.has(memberKey(parent) ?? '')
  return isHandedOn && analysis.types?.isSecret(node.object) !== false
}

/** Whether what `exposure` takes out goes straight into a function of `node:crypto`, none of which gives it back. */
export function isUsedUp({ parent }: Node, source: SourceCode): boolean {
  return (
    parent?.type === 'CallExpression' && calledPath(parent, source)?.startsWith('crypto.') === true
  )
}

/** Whether `node` is `secret.map(…)`, which gives the value to its callback. */
export function isSecretMap(node: Node, analysis: Analysis): boolean {
  const callee = node.type === 'CallExpression' ? unwrap(node.callee) : undefined
  if (callee?.type !== 'MemberExpression' || memberKey(callee) !== 'map') return false
  return analysis.exposures().isSecret(callee.object)
}
