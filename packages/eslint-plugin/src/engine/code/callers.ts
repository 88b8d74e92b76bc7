import { TSESLint, type TSESTree } from '@typescript-eslint/utils'
import type { Node, Property, SourceCode, Variable } from '../syntax/nodes.ts'
import { callsOfAssigned } from './assigned-functions.ts'
import { classCodeOf } from './class-code.ts'
import { variableOf } from '../syntax/constants.ts'
import type { LocalCode } from './local-code.ts'
import { perFile } from '../per-file.ts'
import { memberCalls } from '../syntax/member-calls.ts'
import {
  type CallNode,
  type ClassNode,
  type FunctionNode,
  isClass,
  keyOf,
} from '../syntax/syntax.ts'

/** The places in the file of `code` that run `owner` directly. */
export function callsOf(owner: FunctionNode, code: LocalCode): CallNode[] {
  const { parent } = owner
  switch (parent.type) {
    case 'MethodDefinition':
      return parent.kind === 'constructor'
        ? constructionsOf(parent.parent.parent, code)
        : callsOfMethod(parent, code)
    case 'PropertyDefinition':
      return callsOfMethod(parent, code)
    case 'Property':
      return callsOfProperty(parent, code)
    case 'AssignmentExpression':
      return [...usesOf(owner, code.source).flatMap(callOf), ...callsOfAssigned(owner, code.source)]
    default:
      return usesOf(owner, code.source).flatMap(callOf)
  }
}

/** The nodes through which `owner` is called or handed on: its references, or the function itself where it stands. */
export const usesOf = perFile((owner: FunctionNode, source): readonly Node[] => {
  const { parent } = owner
  if (owner.type === 'FunctionDeclaration') return readsOfDeclared(owner, source)
  if (parent.type === 'VariableDeclarator') return readsOfDeclared(parent, source)
  if (parent.type !== 'AssignmentExpression') return [owner]
  const { left } = parent
  const variable = left.type === 'Identifier' ? variableOf(left, source) : undefined
  return variable === undefined ? [owner] : [owner, ...readsOf(variable)]
})

function callOf(use: Node): CallNode[] {
  const { parent } = use
  const isCall =
    (parent?.type === 'CallExpression' || parent?.type === 'NewExpression') && parent.callee === use
  return isCall ? [parent] : []
}

/** `this.key(…)` in the class, and `instance.key(…)` of its instances and those of the classes that extend it. */
function callsOfMethod(
  method: TSESTree.MethodDefinition | TSESTree.PropertyDefinition,
  code: LocalCode,
): CallNode[] {
  const owner = method.parent.parent
  const key = keyOf(method)
  const own = classCodeOf(owner, code.source).calls.filter((each) => each.key === key)
  const others = memberCalls(code.source, key ?? '').filter(
    ({ callee: { object } }) =>
      object.type !== 'ThisExpression' && code.lineageOf(code.classOf(object)).includes(owner),
  )
  return [...own, ...others].map(({ call }) => call)
}

/** `new Owner(…)`, and `super(…)` of the classes that extend it. */
function constructionsOf(owner: ClassNode, { source }: LocalCode): CallNode[] {
  return readsOfDeclared(owner, source).flatMap((reference): readonly CallNode[] => {
    const { parent } = reference
    if (parent?.type === 'NewExpression') return [parent]
    const isBase = isClass(parent) && parent.superClass === reference
    return isBase ? classCodeOf(parent, source).supers : []
  })
}

/** The calls of the method of an object literal. */
function callsOfProperty(property: Property, code: LocalCode): CallNode[] {
  return memberCalls(code.source, keyOf(property) ?? '')
    .filter(({ callee: { object } }) => code.literalOf(object) === property.parent)
    .map(({ call }) => call)
}

function readsOfDeclared(declaration: Node, source: SourceCode): Node[] {
  return source
    .getDeclaredVariables(declaration)
    .filter((variable) => variable.defs[0]?.node === declaration)
    .filter((variable) => variable.defs[0]?.type !== TSESLint.Scope.DefinitionType.Parameter)
    .flatMap(readsOf)
}

function readsOf({ references }: Variable): Node[] {
  return references.flatMap((each) => (each.isRead() ? [each.identifier] : []))
}
