import type { TSESLint } from '@typescript-eslint/utils'
import type { Node, Property, SourceCode } from '../syntax/nodes.ts'
import type { FoundLeak } from './leaks.ts'
import { ancestorsOf, isFunction, memberKey, unwrap, within } from '../syntax/syntax.ts'

type Fix = TSESLint.ReportFixFunction

/** The edit that gives the label of a `Secret` in place of its value, or of itself; undefined where the secret is elsewhere. */
export function giveLabel(
  { given, leak: { kind, source }, taint }: FoundLeak,
  { sourceCode }: Readonly<TSESLint.RuleContext<string, readonly unknown[]>>,
): Fix | undefined {
  if (!within(source, given) || kind === 'name') return undefined
  if (kind === 'exposed') return labelForExposed(source, sourceCode)
  if (!taint.isSecret(source) || source.parent?.type === 'AwaitExpression') return undefined
  const { parent } = source
  const isShorthand = parent?.type === 'Property' && parent.shorthand
  const text = sourceCode.getText(source)
  return (fixer) =>
    fixer.replaceText(source, isShorthand ? `${text}: ${text}.label` : `${text}.label`)
}

/** `secret.expose().part` becomes `secret.label`. */
function labelForExposed(source: Node, sourceCode: SourceCode): Fix | undefined {
  if (source.type !== 'CallExpression') return undefined
  const callee = unwrap(source.callee)
  if (callee.type !== 'MemberExpression' || memberKey(callee) !== 'expose') return undefined
  let whole: Node = source
  while (isReadFrom(whole)) whole = whole.parent
  const dot = callee.optional ? '?.' : '.'
  return (fixer) => fixer.replaceText(whole, `${sourceCode.getText(callee.object)}${dot}label`)
}

/** Whether a part of the value of `node` is read there; a method that is called on it can be called on the label too. */
function isReadFrom(node: Node): node is Node & { parent: Node } {
  const { parent } = node
  if (parent?.type !== 'MemberExpression' || parent.object !== node) return false
  const around = parent.parent
  return around.type !== 'CallExpression' || around.callee !== parent
}

/** The property of an object literal through which a leak goes, if it is written out where it leaves. */
export function leakingProperty(found: FoundLeak): Property | undefined {
  const { given, leak } = found
  if (!within(leak.source, given)) return propertyTo(given, found)
  for (const around of ancestorsOf(leak.source)) {
    if (!within(around, given) || isFunction(around)) return undefined
    const isProperty = around.type === 'Property' && around.parent.type === 'ObjectExpression'
    if (isProperty) return around
  }
  return undefined
}

/** The innermost property of `node` whose value has the leak. */
function propertyTo(node: Node, found: FoundLeak): Property | undefined {
  const object = unwrap(node)
  if (object.type !== 'ObjectExpression') return undefined
  for (const property of object.properties) {
    if (property.type === 'SpreadElement') continue
    if (found.taint.of(property.value)?.source !== found.leak.source) continue
    return propertyTo(property.value, found) ?? property
  }
  return undefined
}

/** The edit that leaves `property` out of its literal. */
export function dropProperty(property: Property, sourceCode: SourceCode): Fix {
  const before = sourceCode.getTokenBefore(property)
  const after = sourceCode.getTokenAfter(property)
  const [start, end] = property.range
  if (after?.value === ',') {
    const next = sourceCode.getTokenAfter(after, { includeComments: true })
    return (fixer) =>
      fixer.removeRange([start, next?.value === '}' ? after.range[1] : (next?.range[0] ?? end)])
  }
  const from = before?.value === ',' ? before.range[0] : start
  return (fixer) => fixer.removeRange([from, end])
}
