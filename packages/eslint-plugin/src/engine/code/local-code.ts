import { TSESLint } from '@typescript-eslint/utils'
import type {
  CallExpression,
  MemberExpression,
  NewExpression,
  Node,
  ObjectExpression,
  SourceCode,
} from '../syntax/nodes.ts'
import { assignedFunction } from './assigned-functions.ts'
import { classCodeOf, membersByName, ownerOfThis, parameterProperties } from './class-code.ts'
import { constantValue, variableOf } from '../syntax/constants.ts'
import type { Origin } from '../syntax/origins.ts'
import {
  type ClassNode,
  enclosing,
  type FunctionNode,
  isClass,
  isFunction,
  keyOf,
  memberKey,
  propertiesOf,
  unwrap,
  within,
} from '../syntax/syntax.ts'
import { visited } from '../visits.ts'
import { writtenType } from './written-types.ts'

/** Methods of what methods of what methods make: the search ends at this depth. */
const MAX_HOPS = 4

/** Finds the functions and classes of one file, their results and their callers. */
export class LocalCode {
  readonly source: SourceCode
  #returns: ReadonlyMap<FunctionNode, readonly Node[]> | undefined

  constructor(source: SourceCode) {
    this.source = source
  }

  /** The function of this file that a call of `callee` runs. */
  functionOf(callee: Node, hops = 0): FunctionNode | undefined {
    const value = constantValue(callee, this.source)
    if (isFunction(value)) return value
    if (value.type === 'Identifier') {
      const definition = variableOf(value, this.source)?.defs[0]
      const isFunctionName = definition?.type === TSESLint.Scope.DefinitionType.FunctionName
      return isFunctionName && isFunction(definition.node) ? definition.node : undefined
    }
    if (value.type !== 'MemberExpression') return undefined
    const key = memberKey(value)
    if (key === undefined) return undefined
    return this.#methodOf(value.object, key, hops) ?? assignedFunction(value, this.source)
  }

  #methodOf(object: Node, key: string, hops: number): FunctionNode | undefined {
    const owner = this.classOf(object)
    const literal = this.literalOf(object, hops)
    const candidates = [
      ...this.lineageOf(owner).flatMap((each) => this.membersOf(each, key)),
      ...(literal === undefined ? [] : propertiesOf(literal, key)),
    ]
    return candidates.find(isFunction)
  }

  /** The class of this file that `node` is an instance of. */
  classOf(node: Node): ClassNode | undefined {
    const value = constantValue(node, this.source)
    if (value.type === 'NewExpression') return this.constructed(value)
    if (value.type === 'MemberExpression') return this.#classOfField(value)
    if (value.type === 'Identifier') return this.#classWritten(value)
    const owner = value.type === 'ThisExpression' ? ownerOfThis(value) : undefined
    return isClass(owner) ? owner : undefined
  }

  /** The class that is written as the type of a variable or field. */
  #classWritten(node: Node): ClassNode | undefined {
    const type = writtenType(node, this.source)
    const name = type?.type === 'TSTypeReference' ? type.typeName : undefined
    const declared = name?.type === 'Identifier' ? variableOf(name, this.source) : undefined
    const owner = declared?.defs[0]?.node
    return isClass(owner) ? owner : undefined
  }

  /** The class of what a field of `this` is set to. */
  #classOfField(field: MemberExpression): ClassNode | undefined {
    if (field.object.type !== 'ThisExpression') return undefined
    const owner = ownerOfThis(field.object)
    const values = isClass(owner) ? this.membersOf(owner, memberKey(field) ?? '') : []
    const made = values.find(({ type }) => type === 'NewExpression')
    return made === undefined ? this.#classWritten(field) : this.classOf(made)
  }

  /** The object literal of this file that `node` is, or that the function gives back which it calls. */
  literalOf(node: Node, hops = 0): ObjectExpression | undefined {
    const value = constantValue(node, this.source)
    if (value.type === 'CallExpression') {
      const maker = hops < MAX_HOPS ? this.functionOf(value.callee, hops + 1) : undefined
      return maker && this.returnsOf(maker).map(unwrap).find(isLiteral)
    }
    const owner = value.type === 'ThisExpression' ? ownerOfThis(value) : value
    return owner !== undefined && isLiteral(owner) ? owner : undefined
  }

  /** `owner` and the classes of this file that it extends. */
  lineageOf(owner: ClassNode | undefined): ClassNode[] {
    const lineage = new Set<ClassNode>()
    for (let each = owner; each !== undefined && !lineage.has(each);) {
      lineage.add(each)
      each = each.superClass === null ? undefined : this.constructed({ callee: each.superClass })
    }
    return [...lineage]
  }

  /** The class of this file that `construction` makes an instance of. */
  constructed({ callee }: Pick<NewExpression, 'callee'>): ClassNode | undefined {
    const value = constantValue(callee, this.source)
    if (isClass(value)) return value
    if (value.type !== 'Identifier') return undefined
    const node = variableOf(value, this.source)?.defs[0]?.node
    return isClass(node) ? node : undefined
  }

  /** Field values, assigned values, methods, and the results of getters under `key` of `owner`. */
  membersOf(owner: ClassNode, key: string): Node[] {
    const members = membersByName(owner, this.source).get(key) ?? []
    return members.flatMap((member): readonly Node[] => {
      if (member.type === 'PropertyDefinition') return member.value === null ? [] : [member.value]
      if (member.type !== 'MethodDefinition') return [member]
      return member.kind === 'get' && isFunction(member.value)
        ? this.returnsOf(member.value)
        : [member.value]
    })
  }

  /** The names of the fields of `owner` that printing an instance shows. */
  shownFieldsOf(owner: ClassNode): string[] {
    const declared = owner.body.body.flatMap((member) => {
      if (member.type === 'MethodDefinition') {
        return parameterProperties(member).map(({ name }) => name)
      }
      return member.type === 'PropertyDefinition' ? [keyOf(member)] : []
    })
    const assigned = classCodeOf(owner, this.source).assigned.map(({ key }) => key)
    const names = [...declared, ...assigned].filter((key) => key?.startsWith('#') === false)
    return [...new Set(names)].filter((key) => key !== undefined)
  }

  /** Values that `owner` puts into the value of its field `key`. */
  putsInto(owner: ClassNode, key: string): Origin[] {
    const { puts } = classCodeOf(owner, this.source)
    return puts.filter((put) => put.key === key).map(({ origin }) => origin)
  }

  /** The results of `owner`; yielded values too. */
  returnsOf(owner: FunctionNode): readonly Node[] {
    if (owner.body.type !== 'BlockStatement') return [owner.body]
    this.#returns ??= returnsIn(this.source)
    return this.#returns.get(owner) ?? []
  }

  /** `super(…)` in `constructor`. */
  supersIn(constructor: FunctionNode): readonly CallExpression[] {
    const owner = enclosing(constructor, isClass)
    if (owner === undefined) return []
    return classCodeOf(owner, this.source).supers.filter((call) => within(call, constructor))
  }
}

/** The results of the functions of a file that have statements. */
function returnsIn(source: SourceCode): ReadonlyMap<FunctionNode, Node[]> {
  const returns = new Map<FunctionNode, Node[]>()
  for (const node of visited(source, 'ReturnStatement', 'YieldExpression')) {
    const owner = enclosing(node, isFunction)
    if (owner === undefined || node.argument === null) continue
    const results = returns.get(owner) ?? []
    results.push(node.argument)
    returns.set(owner, results)
  }
  return returns
}

function isLiteral(node: Node): node is ObjectExpression {
  return node.type === 'ObjectExpression'
}
