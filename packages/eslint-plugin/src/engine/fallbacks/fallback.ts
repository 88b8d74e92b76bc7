import type { TSESLint } from '@typescript-eslint/utils'
import type { Node, SourceCode } from '../syntax/nodes.ts'
import type { Named } from './secret-read.ts'

/** A value that stands in for a secret where there is none. */
export interface Fallback {
  readonly named: Named
  readonly value: Node
  /** Takes it away; undefined where no single edit does. */
  readonly remove?: TSESLint.ReportFixFunction
}

/** `whole` becomes `part` of it. */
export function replaceBy(whole: Node, part: Node, source: SourceCode): TSESLint.ReportFixFunction {
  return (fixer) => fixer.replaceText(whole, source.getText(part))
}

/** An argument or property goes, with the comma before it, or else the one after it, and the space around. */
export function removeFromList(node: Node, source: SourceCode): TSESLint.ReportFixFunction {
  const [start, end] = node.range
  const before = source.getTokenBefore(node)
  const after = source.getTokenAfter(node)
  if (before?.value === ',') return (fixer) => fixer.removeRange([before.range[0], end])
  const next = after?.value === ',' ? source.getTokenAfter(after) : after
  const from = after?.value === ',' ? start : (before?.range[1] ?? start)
  return (fixer) => fixer.removeRange([from, next?.range[0] ?? end])
}
