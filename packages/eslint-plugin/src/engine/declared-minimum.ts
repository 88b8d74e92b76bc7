import { AST_NODE_TYPES, type TSESLint, type TSESTree } from '@typescript-eslint/utils'
import { constantNumber } from './constants.ts'
import { propertiesOf } from './local-code.ts'
import { isHumanPassword, isSecretName } from './names.ts'
import { lastName, pathOf } from './paths.ts'
import { keyOf, memberKey } from './syntax.ts'

const MINIMUM_KEYS: ReadonlySet<string> = new Set(['minLength', 'minBytes', 'minimumLength'])

/** The least length that a declaration asks of a secret. */
export interface Minimum {
  readonly what: string
  readonly length: number
}

/** `apiKey: z.string().min(8)`, and the same with `length`. */
export function declaredMinimum(
  call: TSESTree.CallExpression,
  source: TSESLint.SourceCode,
): Minimum | undefined {
  const { callee, parent } = call
  if (callee.type !== AST_NODE_TYPES.MemberExpression) return undefined
  const method = memberKey(callee)
  const isMinimum = method === 'min' || method === 'length'
  if (!isMinimum || !/^zod(?:\.z)?\.string\(\)/.test(pathOf(callee, source) ?? '')) return undefined
  const length = constantNumber(call.arguments[0], source)
  const what = schemaName(parent)
  return length === undefined || what === undefined ? undefined : { what, length }
}

/** The secret whose schema a call chain is part of. */
function schemaName(node: TSESTree.Node): string | undefined {
  if (
    node.type === AST_NODE_TYPES.MemberExpression ||
    node.type === AST_NODE_TYPES.CallExpression
  ) {
    return schemaName(node.parent)
  }
  const name =
    node.type === AST_NODE_TYPES.Property
      ? keyOf(node)
      : node.type === AST_NODE_TYPES.VariableDeclarator
        ? lastName(node.id)
        : undefined
  return name !== undefined && isDeclaredSecret(name) ? name : undefined
}

/** `apiKeyTo('signing', { minLength: 16 })`, and `apiKey: { type: 'string', minLength: 16 }`. */
export function declaredOption(
  property: TSESTree.Property,
  source: TSESLint.SourceCode,
): Minimum | undefined {
  const key = keyOf(property)
  const object = property.parent
  if (key === undefined || !MINIMUM_KEYS.has(key)) return undefined
  if (object.type !== AST_NODE_TYPES.ObjectExpression) return undefined
  const length = constantNumber(property.value, source)
  const { parent } = object
  const what =
    parent.type === AST_NODE_TYPES.CallExpression
      ? lastName(parent.callee)?.replace(/(?:To|From|Of|For)$/, '')
      : schemaName(parent)
  const isSpec = propertiesOf(object, 'kind').length > 0 && propertiesOf(object, 'rule').length > 0
  const isSecret = isSpec || (what !== undefined && isDeclaredSecret(what))
  return length === undefined || !isSecret ? undefined : { what: what ?? 'The secret', length }
}

function isDeclaredSecret(name: string): boolean {
  return isSecretName(name) && !isHumanPassword(name)
}
