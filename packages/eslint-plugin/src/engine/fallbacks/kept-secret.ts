import { AST_NODE_TYPES, type TSESLint, type TSESTree } from '@typescript-eslint/utils'
import { keysGivenTo } from '../key-length/given-keys.ts'
import { isHarmlessProperty, isSecretGiver } from '../naming/names.ts'
import { describe, lastName } from '../syntax/paths.ts'
import { enclosing, type FunctionNode, isFunction, keyOf } from '../syntax/syntax.ts'
import { isConfiguration, type Named, secretNamed } from './secret-read.ts'

/** Functions and methods that make the same secret of another form. */
const MAKERS =
  /^(?:from|of|encode|String|toString|trim|padStart|padEnd|slice|scryptSync|pbkdf2Sync|createSecretKey|update|digest)$/

/** The secret that `node` is kept as, if its source has no other meaning: `secret: process.env.COOKIE ?? 'x'`. */
export function keptAs(
  node: TSESTree.Node,
  from: TSESTree.Node,
  source: TSESLint.SourceCode,
): Named | undefined {
  if (isHarmlessProperty(lastName(from) ?? '')) return undefined
  const named = secretNamed(placeOf(node)) ?? givenAs(node, source)
  return (
    named && { ...named, isConfiguration: named.isConfiguration || isConfiguration(from, source) }
  )
}

/** `jwt.sign(claims, process.env.SIGNING ?? 'x')` */
function givenAs(node: TSESTree.Node, source: TSESLint.SourceCode): Named | undefined {
  const { parent: call } = node
  if (call?.type !== AST_NODE_TYPES.CallExpression) return undefined
  const isKey = keysGivenTo(call, source).some((key) => key.node === node)
  const what = `The key of ${describe(call.callee)}`
  return isKey ? { what, name: 'key', isConfiguration: true } : undefined
}

/** The name under which `node`, or what is made of it, is kept or given back. */
function placeOf(node: TSESTree.Node | undefined): string | undefined {
  const parent = node?.parent
  switch (parent?.type) {
    case AST_NODE_TYPES.VariableDeclarator:
      return lastName(parent.id)
    case AST_NODE_TYPES.AssignmentExpression:
      return lastName(parent.left)
    case AST_NODE_TYPES.Property:
    case AST_NODE_TYPES.PropertyDefinition:
    case AST_NODE_TYPES.MethodDefinition:
      return keyOf(parent)
    case AST_NODE_TYPES.TSAsExpression:
    case AST_NODE_TYPES.TSNonNullExpression:
    case AST_NODE_TYPES.MemberExpression:
      return placeOf(parent)
    case AST_NODE_TYPES.CallExpression:
      return MAKERS.test(lastName(parent.callee) ?? '') ? placeOf(parent) : undefined
    case AST_NODE_TYPES.ArrowFunctionExpression:
    case AST_NODE_TYPES.ReturnStatement:
      return givenBy(isFunction(parent) ? parent : enclosing(parent, isFunction))
    default:
      return undefined
  }
}

/** `jwtSecret` for the function `getJwtSecret`. */
function givenBy(owner: FunctionNode | undefined): string | undefined {
  const name = owner?.type === AST_NODE_TYPES.FunctionDeclaration ? owner.id?.name : placeOf(owner)
  return name !== undefined && isSecretGiver(name) ? name.replace(/^[a-z]+_?/, '') : undefined
}
