import { AST_NODE_TYPES, type TSESLint, type TSESTree } from '@typescript-eslint/utils'
import { variableOf } from '../syntax/constants.ts'
import { pathOf } from '../syntax/paths.ts'
import { enclosing, type FunctionNode, isClass } from '../syntax/syntax.ts'

/** The names that were looked at, since objects may hold each other. */
type Seen = ReadonlySet<TSESLint.Scope.Variable>

/** Whether other files can call `owner`: it is exported, or a public member of an exported class or object. */
export function isExported(owner: FunctionNode, source: TSESLint.SourceCode): boolean {
  return leaves(owner, source, new Set())
}

function leaves(node: TSESTree.Node, source: TSESLint.SourceCode, seen: Seen): boolean {
  const { parent } = node
  switch (parent?.type) {
    case AST_NODE_TYPES.ExportNamedDeclaration:
    case AST_NODE_TYPES.ExportDefaultDeclaration:
    case AST_NODE_TYPES.ExportSpecifier:
      return true
    case AST_NODE_TYPES.MethodDefinition:
    case AST_NODE_TYPES.PropertyDefinition:
      return isPublic(parent) && leaves(enclosing(parent, isClass) ?? parent, source, seen)
    case AST_NODE_TYPES.Property:
      return parent.value === node && leaves(parent.parent, source, seen)
    case AST_NODE_TYPES.VariableDeclarator:
      return leaves(parent.parent, source, seen) || isNamedInExport(parent.id, source, seen)
    case AST_NODE_TYPES.AssignmentExpression:
      return /^(?:module\.)?exports\b/.test(pathOf(parent.left, source) ?? '')
    default:
      return 'id' in node && isNamedInExport(node.id, source, seen)
  }
}

function isPublic(member: TSESTree.MethodDefinition | TSESTree.PropertyDefinition): boolean {
  const isHidden = member.accessibility === 'private' || member.accessibility === 'protected'
  return !isHidden && member.key.type !== AST_NODE_TYPES.PrivateIdentifier
}

/** `export { name }`, `export default name`, `module.exports = { name }`. */
function isNamedInExport(
  name: TSESTree.Node | null,
  source: TSESLint.SourceCode,
  seen: Seen,
): boolean {
  const variable = name?.type === AST_NODE_TYPES.Identifier ? variableOf(name, source) : undefined
  if (variable === undefined || seen.has(variable)) return false
  const known = new Set([...seen, variable])
  return variable.references
    .filter((reference) => reference.isRead())
    .some(({ identifier }) => leaves(identifier, source, known))
}
