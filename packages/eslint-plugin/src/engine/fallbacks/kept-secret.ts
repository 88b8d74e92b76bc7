import type { Node, SourceCode } from '../syntax/nodes.ts'
import { keysGivenTo } from '../key-length/given-keys.ts'
import { isHarmlessProperty, isSecretGiver } from '../naming/names.ts'
import { describe, lastName } from '../syntax/paths.ts'
import { enclosing, type FunctionNode, isFunction, keyOf } from '../syntax/syntax.ts'
import { isConfiguration, type Named, secretNamed } from './secret-read.ts'

/** Functions and methods that make the same secret of another form. */
const MAKERS =
  /^(?:from|of|encode|String|toString|trim|padStart|padEnd|slice|scryptSync|pbkdf2Sync|createSecretKey|update|digest)$/

/** The secret that `node` is kept as, if its source has no other meaning: `secret: process.env.COOKIE ?? 'x'`. */
export function keptAs(node: Node, from: Node, source: SourceCode): Named | undefined {
  if (isHarmlessProperty(lastName(from) ?? '')) return undefined
  const named = secretNamed(placeOf(node)) ?? givenAs(node, source)
  return (
    named && { ...named, isConfiguration: named.isConfiguration || isConfiguration(from, source) }
  )
}

/** `jwt.sign(claims, process.env.SIGNING ?? 'x')` */
function givenAs(node: Node, source: SourceCode): Named | undefined {
  const { parent: call } = node
  if (call?.type !== 'CallExpression') return undefined
  const isKey = keysGivenTo(call, source).some((key) => key.node === node)
  const what = `The key of ${describe(call.callee)}`
  return isKey ? { what, name: 'key', isConfiguration: true } : undefined
}

/** The name under which `node`, or what is made of it, is kept or given back. */
function placeOf(node: Node | undefined): string | undefined {
  const parent = node?.parent
  switch (parent?.type) {
    case 'VariableDeclarator':
      return lastName(parent.id)
    case 'AssignmentExpression':
      return lastName(parent.left)
    case 'Property':
    case 'PropertyDefinition':
    case 'MethodDefinition':
      return keyOf(parent)
    case 'TSAsExpression':
    case 'TSNonNullExpression':
    case 'MemberExpression':
      return placeOf(parent)
    case 'CallExpression':
      return MAKERS.test(lastName(parent.callee) ?? '') ? placeOf(parent) : undefined
    case 'ArrowFunctionExpression':
    case 'ReturnStatement':
      return givenBy(isFunction(parent) ? parent : enclosing(parent, isFunction))
    default:
      return undefined
  }
}

/** `jwtSecret` for the function `getJwtSecret`. */
function givenBy(owner: FunctionNode | undefined): string | undefined {
  const name = owner?.type === 'FunctionDeclaration' ? owner.id?.name : placeOf(owner)
  return name !== undefined && isSecretGiver(name) ? name.replace(/^[a-z]+_?/, '') : undefined
}
