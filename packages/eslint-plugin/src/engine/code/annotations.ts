import type { TSESTree } from '@typescript-eslint/utils'
import type { CallExpression, Node, SourceCode } from '../syntax/nodes.ts'
import { constantValue, variableOf } from '../syntax/constants.ts'
import type { LocalCode } from './local-code.ts'
import { pathOf } from '../syntax/paths.ts'
import { writtenType } from './written-types.ts'

/**
 * Returns the path of the type that the file writes behind a variable, or behind a field that is read from `this`:
 * `express.Response`, `$Hmac`. Undefined where none is written, or one that has no name.
 */
export function annotationOf(node: Node, source: SourceCode): string | undefined {
  const type = writtenType(node, source)
  return type === undefined ? undefined : pathOfType(type, source)
}

/** The paths of the types that the file writes there, of a union each: `Options | undefined`. */
export function writtenTypesOf(node: Node, source: SourceCode): string[] {
  const type = writtenType(node, source)
  const parts = type?.type === 'TSUnionType' ? type.types : [type]
  return parts.flatMap((part) => (part && pathOfType(part, source)) ?? [])
}

/** The name of the type that the file writes behind the function that `call` runs. That of a promise is what it promises. */
export function writtenResultOf({ callee }: CallExpression, code: LocalCode): string | undefined {
  const value = constantValue(callee, code.source)
  const declared =
    value.type === 'Identifier' ? variableOf(value, code.source)?.defs[0]?.node : undefined
  const owner = declared?.type === 'TSDeclareFunction' ? declared : code.functionOf(callee)
  const written = owner?.returnType?.typeAnnotation
  return written === undefined ? undefined : nameInType(code.source.getText(written))
}

/** The last name in the text of a type: `Masked` of `Promise<types.Masked>`; undefined if it is no more than a name. */
export function nameInType(text: string): string | undefined {
  const promised = /^Promise(?:Like)?<(.*)>$/s.exec(text)?.[1] ?? text
  return /^(?:[\w$]+\.)*([\w$]+)$/.exec(promised.trim())?.[1]
}

/** The path of `type`, if it is no more than a name. */
export function pathOfType(type: TSESTree.TypeNode, source: SourceCode): string | undefined {
  return type.type === 'TSTypeReference' ? pathOfName(type.typeName, source) : undefined
}

function pathOfName(name: TSESTree.EntityName, source: SourceCode): string | undefined {
  if (name.type !== 'TSQualifiedName') return pathOf(name, source)
  return `${pathOfName(name.left, source) ?? ''}.${name.right.name}`
}
