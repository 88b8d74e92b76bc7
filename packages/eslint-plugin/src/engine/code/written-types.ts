import type { TSESTree } from '@typescript-eslint/utils'
import type { Identifier, Node, SourceCode } from '../syntax/nodes.ts'
import { variableOf } from '../syntax/constants.ts'
import { keyOf, memberKey, unwrap } from '../syntax/syntax.ts'

/** The type that the file writes behind a variable, or behind a field that is read from `this`. */
export function writtenType(node: Node, source: SourceCode): TSESTree.TypeNode | undefined {
  const bare = unwrap(node)
  const annotation = bare.type === 'Identifier' ? ofVariable(bare, source) : ofField(bare, source)
  return annotation?.typeAnnotation
}

function ofVariable(identifier: Identifier, source: SourceCode) {
  const name = variableOf(identifier, source)?.defs[0]?.name
  return name?.type === 'Identifier' ? name.typeAnnotation : undefined
}

/** `this.field`, where the field or a parameter of the constructor that is kept under its name has a type. */
function ofField(node: Node, source: SourceCode) {
  if (node.type !== 'MemberExpression') return undefined
  if (node.object.type !== 'ThisExpression') return undefined
  const key = memberKey(node)
  const body = source.getAncestors(node).findLast((each) => each.type === 'ClassBody')
  for (const member of body?.body ?? []) {
    if (member.type === 'PropertyDefinition' && keyOf(member) === key) return member.typeAnnotation
    if (member.type !== 'MethodDefinition' || member.kind !== 'constructor') continue
    for (const parameter of member.value.params) {
      if (parameter.type !== 'TSParameterProperty') continue
      const { parameter: kept } = parameter
      if (kept.type === 'Identifier' && kept.name === key) return kept.typeAnnotation
    }
  }
  return undefined
}
