import type { TSESLint, TSESTree } from '@typescript-eslint/utils'
import type { Node, SourceCode, Variable } from './nodes.ts'
import { type Origin, wholeOrigins } from './origins.ts'
import { perFile } from '../per-file.ts'
import { unwrap } from './syntax.ts'
import { behindScript } from './templates.ts'

/** Constants defined by constants defined by constants: the search ends at this depth. */
const MAX_HOPS = 8

/** The variable that an identifier names; undefined for a global that the file does not declare. */
export const variableOf = perFile(findVariable)

function findVariable(identifier: TSESTree.Identifier, source: SourceCode): Variable | undefined {
  let scope: TSESLint.Scope.Scope | null = source.getScope(behindScript(identifier, source))
  while (scope !== null) {
    const variable = scope.set.get(identifier.name)
    if (variable !== undefined) return variable
    scope = scope.upper
  }
  return undefined
}

/** Where a variable gets its value from, if it gets exactly one. */
export const onlyOrigin = perFile(findOnlyOrigin)

function findOnlyOrigin(variable: Variable): Origin | undefined {
  const writes = variable.references.filter((reference) => reference.isWrite())
  if (variable.defs.length !== 1 || writes.length > 1) return undefined
  const origins = wholeOrigins(variable)
  return origins.length === 1 ? origins[0] : undefined
}

/** `node`, or what the constant stands for that it names. */
export function constantValue(node: Node, source: SourceCode, hops = 0): Node {
  const bare = unwrap(node)
  if (bare.type !== 'Identifier' || hops > MAX_HOPS) return bare
  const variable = variableOf(bare, source)
  const origin = variable === undefined ? undefined : onlyOrigin(variable, source)
  if (origin === undefined || origin.keys.length > 0 || origin.except.length > 0) return bare
  return constantValue(origin.node, source, hops + 1)
}

/** The number that `node` is, also as a product or power of numbers. */
export function constantNumber(
  node: Node | undefined,
  source: SourceCode,
  hops = 0,
): number | undefined {
  if (node === undefined) return undefined
  const value = constantValue(node, source, hops)
  if (value.type === 'Literal' && typeof value.value === 'number') return value.value
  if (value.type !== 'BinaryExpression') return undefined
  const next = hopsAfter(hops, node, value)
  const left = constantNumber(value.left, source, next)
  const right = constantNumber(value.right, source, next)
  if (left === undefined || right === undefined) return undefined
  return ARITHMETIC.get(value.operator)?.(left, right)
}

const ARITHMETIC: ReadonlyMap<string, (left: number, right: number) => number> = new Map([
  ['+', (left, right) => left + right],
  ['-', (left, right) => left - right],
  ['*', (left, right) => left * right],
  ['/', (left, right) => left / right],
  ['**', (left, right) => left ** right],
])

/** The text of a node that is no literal, template or concatenation; `fold` gives the text of what it is made of. */
export type FoldBeyond = (value: Node, fold: Fold) => string | undefined

/** Gives the text that a part is. */
export type Fold = (part: Node | undefined) => string | undefined

/** The text that `node` is, also as a concatenation or a template of texts. */
export function constantText(node: Node | undefined, source: SourceCode): string | undefined {
  return foldText(node, source, () => undefined)
}

/** The text that `node` is, through constants, concatenations, templates, and what `beyond` knows. */
export function foldText(
  node: Node | undefined,
  source: SourceCode,
  beyond: FoldBeyond,
  hops = 0,
): string | undefined {
  if (node === undefined || hops > MAX_HOPS) return undefined
  const value = constantValue(node, source)
  const next = hopsAfter(hops, node, value)
  const fold = (part: Node | undefined) => foldText(part, source, beyond, next)
  switch (value.type) {
    case 'Literal':
      return typeof value.value === 'string' ? value.value : undefined
    case 'BinaryExpression':
      return value.operator === '+' ? addedText(value, fold) : undefined
    case 'TemplateLiteral':
      return filledText(value, fold)
    default:
      return beyond(value, (part) => foldText(part, source, beyond, next + 1))
  }
}

function addedText({ left, right }: TSESTree.BinaryExpression, fold: Fold): string | undefined {
  // The right side first: it is short, where the left one may be a long chain.
  const end = fold(right)
  const start = end === undefined ? undefined : fold(left)
  return start === undefined || end === undefined ? undefined : start + end
}

/** The text of a template, of which escapes are read or, in the raw form, stay. */
export function filledText(
  { expressions, quasis }: TSESTree.TemplateLiteral,
  fold: Fold,
  form: 'cooked' | 'raw' = 'cooked',
) {
  const filled = textsOf(expressions, fold)
  return (
    filled &&
    quasis.map(({ value }, index) => `${value[form] ?? ''}${filled[index] ?? ''}`).join('')
  )
}

/** The texts of all `nodes`, or undefined as soon as one is none. */
export function textsOf(nodes: readonly (Node | null)[], fold: Fold): string[] | undefined {
  const texts: string[] = []
  for (const node of nodes) {
    const text = fold(node ?? undefined)
    if (text === undefined) return undefined
    texts.push(text)
  }
  return texts
}

/** A constant may be defined by itself, as in `text = text + 'x'`: what was found by its name counts as a hop. */
function hopsAfter(hops: number, node: Node, value: Node): number {
  return value === unwrap(node) ? hops : hops + 1
}
