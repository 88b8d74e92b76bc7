import type { TSESLint, TSESTree } from '@typescript-eslint/utils'
import type { Node, SourceCode, Variable } from './nodes.ts'
import { type Origin, wholeOrigins } from './origins.ts'
import { perFile } from '../per-file.ts'
import { unwrap } from './syntax.ts'

/** Constants defined by constants defined by constants: the search ends at this depth. */
const MAX_HOPS = 8

/** The variable that an identifier names; undefined for a global that the file does not declare. */
export const variableOf = perFile(findVariable)

function findVariable(identifier: TSESTree.Identifier, source: SourceCode): Variable | undefined {
  let scope: TSESLint.Scope.Scope | null = source.getScope(identifier)
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

/** The text that `node` is, also as a concatenation or a template of texts. */
export function constantText(
  node: Node | undefined,
  source: SourceCode,
  hops = 0,
): string | undefined {
  if (node === undefined) return undefined
  const value = constantValue(node, source, hops)
  const next = hopsAfter(hops, node, value)
  if (value.type === 'Literal') return typeof value.value === 'string' ? value.value : undefined
  if (value.type === 'BinaryExpression' && value.operator === '+') {
    return joined([value.left, value.right].map((part) => constantText(part, source, next)))
  }
  if (value.type !== 'TemplateLiteral') return undefined
  return joined(
    value.quasis.flatMap(({ value: { cooked } }, index) =>
      index === 0 ? [cooked] : [constantText(value.expressions[index - 1], source, next), cooked],
    ),
  )
}

/** A constant may be defined by itself, as in `text = text + 'x'`: what was found by its name counts as a hop. */
function hopsAfter(hops: number, node: Node, value: Node): number {
  return value === unwrap(node) ? hops : hops + 1
}

function joined(parts: readonly (string | null | undefined)[]): string | undefined {
  return parts.some((part) => typeof part !== 'string') ? undefined : parts.join('')
}
