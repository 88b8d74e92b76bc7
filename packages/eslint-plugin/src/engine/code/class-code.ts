import type { TSESTree } from '@typescript-eslint/utils'
import type { CallExpression, Identifier, Node, ObjectExpression } from '../syntax/nodes.ts'
import { perFile } from '../per-file.ts'
import { mutationsOf, type Origin } from '../syntax/origins.ts'
import {
  type ClassNode,
  descend,
  enclosing,
  isClass,
  isFunction,
  keyOf,
  memberKey,
  unwrap,
} from '../syntax/syntax.ts'

/** The use that a class makes of its own fields and methods. */
export interface ClassCode {
  /** `this.key = value`, by key. */
  readonly assigned: readonly { readonly key: string; readonly value: Node }[]
  /** Values put into the value of a field: `this.key.under = value`, `this.key.push(value)`. */
  readonly puts: readonly { readonly key: string; readonly origin: Origin }[]
  /** `this.key(…)`, by key. */
  readonly calls: readonly { readonly key: string; readonly call: CallExpression }[]
  /** `super(…)` */
  readonly supers: readonly CallExpression[]
}

/** The {@link ClassCode} of a class. */
export const classCodeOf = perFile((owner: ClassNode, source): ClassCode => {
  const assigned: { key: string; value: Node }[] = []
  const puts: { key: string; origin: Origin }[] = []
  const calls: { key: string; call: CallExpression }[] = []
  const supers: CallExpression[] = []
  for (const node of descend(owner.body, source.visitorKeys, (child) => !isClass(child))) {
    if (node.type === 'AssignmentExpression') {
      const key = ownKey(node.left)
      if (key !== undefined) assigned.push({ key, value: node.right })
    }
    if (node.type === 'MemberExpression') {
      const key = ownKey(node)
      if (key !== undefined) puts.push(...mutationsOf(node).map((origin) => ({ key, origin })))
    }
    if (node.type === 'CallExpression') {
      const key = ownKey(unwrap(node.callee))
      if (key !== undefined) calls.push({ key, call: node })
      if (node.callee.type === 'Super') supers.push(node)
    }
  }
  return { assigned, puts, calls, supers }
})

/** The members of a class by name, the declared ones before those that are assigned. */
export const membersByName = perFile((owner: ClassNode, source): ReadonlyMap<string, Node[]> => {
  const members = new Map<string, Node[]>()
  const add = (key: string | undefined, member: Node) => {
    if (key === undefined) return
    const under = members.get(key)
    if (under === undefined) members.set(key, [member])
    else under.push(member)
  }
  for (const member of owner.body.body) {
    if (member.type === 'MethodDefinition' && member.kind === 'constructor') {
      for (const parameter of parameterProperties(member)) add(parameter.name, parameter)
    } else if (member.type === 'MethodDefinition' || member.type === 'PropertyDefinition') {
      add(keyOf(member), member)
    }
  }
  for (const { key, value } of classCodeOf(owner, source).assigned) add(key, value)
  return members
})

/** The parameters that a constructor keeps as fields of the same name. */
export function parameterProperties({ value }: TSESTree.MethodDefinition): Identifier[] {
  return value.params.flatMap((parameter) => {
    if (parameter.type !== 'TSParameterProperty') return []
    const inner = parameter.parameter
    const name = inner.type === 'AssignmentPattern' ? inner.left : inner
    return [name]
  })
}

/** The class, or the object literal, that `this` is an instance of. */
export function ownerOfThis(
  node: TSESTree.ThisExpression,
): ClassNode | ObjectExpression | undefined {
  const owner = enclosing(
    node,
    (each): each is Node =>
      isClass(each) || (isFunction(each) && each.type !== 'ArrowFunctionExpression'),
  )
  if (isClass(owner)) return owner
  const member = owner?.parent
  if (member?.type === 'MethodDefinition') return member.parent.parent
  const isProperty = member?.type === 'Property' && member.parent.type === 'ObjectExpression'
  return isProperty ? (member.parent as ObjectExpression) : undefined
}

function ownKey(node: Node): string | undefined {
  const isOwn = node.type === 'MemberExpression' && node.object.type === 'ThisExpression'
  return isOwn ? memberKey(node) : undefined
}
