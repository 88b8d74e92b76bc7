import { AST_NODE_TYPES, type TSESLint, type TSESTree } from '@typescript-eslint/utils'
import { constantValue, variableOf } from '../syntax/constants.ts'
import type { LocalCode } from './local-code.ts'
import { pathOf } from '../syntax/paths.ts'
import { keyOf, memberKey, unwrap } from '../syntax/syntax.ts'

/**
 * Returns the path of the type that the file writes behind a variable, or behind a field that is read from `this`:
 * `express.Response`, `$Hmac`. Undefined where none is written, or one that has no name.
 */
export function annotationOf(node: TSESTree.Node, source: TSESLint.SourceCode): string | undefined {
  const bare = unwrap(node)
  const annotation =
    bare.type === AST_NODE_TYPES.Identifier ? ofVariable(bare, source) : ofField(bare, source)
  return annotation === undefined ? undefined : pathOfType(annotation.typeAnnotation, source)
}

/** The name of the type that the file writes behind the function that `call` runs. That of a promise is what it promises. */
export function writtenResultOf(
  { callee }: TSESTree.CallExpression,
  code: LocalCode,
): string | undefined {
  const value = constantValue(callee, code.source)
  const declared =
    value.type === AST_NODE_TYPES.Identifier
      ? variableOf(value, code.source)?.defs[0]?.node
      : undefined
  const owner =
    declared?.type === AST_NODE_TYPES.TSDeclareFunction ? declared : code.functionOf(callee)
  const written = owner?.returnType
  return written === undefined ? undefined : nameInType(code.source.getText(written.typeAnnotation))
}

/** The last name in the text of a type: `Masked` of `Promise<types.Masked>`; undefined if it is no more than a name. */
export function nameInType(text: string): string | undefined {
  const promised = /^Promise(?:Like)?<(.*)>$/s.exec(text)?.[1] ?? text
  return /^(?:[\w$]+\.)*([\w$]+)$/.exec(promised.trim())?.[1]
}

function ofVariable(identifier: TSESTree.Identifier, source: TSESLint.SourceCode) {
  const name = variableOf(identifier, source)?.defs[0]?.name
  return name?.type === AST_NODE_TYPES.Identifier ? name.typeAnnotation : undefined
}

/** `this.field`, where the field or a parameter of the constructor that is kept under its name has a type. */
function ofField(node: TSESTree.Node, source: TSESLint.SourceCode) {
  if (node.type !== AST_NODE_TYPES.MemberExpression) return undefined
  if (node.object.type !== AST_NODE_TYPES.ThisExpression) return undefined
  const key = memberKey(node)
  const body = source.getAncestors(node).findLast((each) => each.type === AST_NODE_TYPES.ClassBody)
  for (const member of body?.body ?? []) {
    if (member.type === AST_NODE_TYPES.PropertyDefinition && keyOf(member) === key) {
      return member.typeAnnotation
    }
    if (member.type !== AST_NODE_TYPES.MethodDefinition || member.kind !== 'constructor') continue
    for (const parameter of member.value.params) {
      if (parameter.type !== AST_NODE_TYPES.TSParameterProperty) continue
      const { parameter: kept } = parameter
      if (kept.type === AST_NODE_TYPES.Identifier && kept.name === key) return kept.typeAnnotation
    }
  }
  return undefined
}

/** The path of `type`, if it is no more than a name. */
export function pathOfType(
  type: TSESTree.TypeNode,
  source: TSESLint.SourceCode,
): string | undefined {
  return type.type === AST_NODE_TYPES.TSTypeReference
    ? pathOfName(type.typeName, source)
    : undefined
}

function pathOfName(name: TSESTree.EntityName, source: TSESLint.SourceCode): string | undefined {
  if (name.type !== AST_NODE_TYPES.TSQualifiedName) return pathOf(name, source)
  return `${pathOfName(name.left, source) ?? ''}.${name.right.name}`
}
