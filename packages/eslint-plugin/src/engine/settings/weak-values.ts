import type { Node, SourceCode } from '../syntax/nodes.ts'
import { codeOf } from '../code/code-of.ts'
import { constantNumber, constantText, constantValue, variableOf } from '../syntax/constants.ts'
import { parameterOf } from '../syntax/origins.ts'
import { pathOf } from '../syntax/paths.ts'
import { type FunctionNode, isFunction } from '../syntax/syntax.ts'
import type { WeakensRow } from '../../models/model-table.ts'
import { isLike } from '../../models/rows.ts'

/** Whether `node` is a constant that is weak by a row; each value is, where the row names none. */
export function isWeak(node: Node, { is, below }: WeakensRow, source: SourceCode): boolean {
  return (
    (is === undefined || isOneOf(node, is, source)) &&
    (below === undefined || isBelow(node, below, source))
  )
}

function isBelow(node: Node, minimum: number, source: SourceCode): boolean {
  const number = isParameter(node, source) ? undefined : constantNumber(node, source)
  return number !== undefined && number < minimum
}

/** Whether `node` is a parameter: callers may give another value than its default. */
function isParameter(node: Node, source: SourceCode): boolean {
  const variable = node.type === 'Identifier' ? variableOf(node, source) : undefined
  return variable !== undefined && parameterOf(variable) !== undefined
}

/** Whether `node` is one of `texts`, or a list with one of them. */
export function isOneOf(node: Node, texts: readonly string[], source: SourceCode): boolean {
  const value = constantValue(node, source)
  const all = value.type === 'ArrayExpression' ? value.elements : [node]
  return all.some((each) => {
    const shown = each === null || isParameter(each, source) ? undefined : shownAs(each, source)
    return shown !== undefined && isLike(shown, texts)
  })
}

/** A constant, as rows write it. */
function shownAs(named: Node, source: SourceCode): string | undefined {
  const node = constantValue(named, source)
  const text = constantText(node, source)
  if (text !== undefined) return text
  if (node.type === 'Literal') return String(node.value)
  if (isFunction(node)) return givesNothing(node, source) ? '()' : undefined
  return pathOf(node, source)
}

/** Whether a function can return nothing but `undefined` or null. One that throws rejects some. */
function givesNothing(owner: FunctionNode, source: SourceCode): boolean {
  const isNothing = codeOf(source)
    .returnsOf(owner)
    .map((result) => constantValue(result, source))
    .every((result) =>
      result.type === 'Identifier'
        ? result.name === 'undefined'
        : result.type === 'Literal' && result.value === null,
    )
  const isBlock = owner.body.type === 'BlockStatement'
  return isNothing && !(isBlock && /\b(?:throw|Error)\b/.test(source.getText(owner.body)))
}
