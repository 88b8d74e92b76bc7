import { AST_NODE_TYPES, TSESLint, type TSESTree } from '@typescript-eslint/utils'
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

/** Methods of what methods of what methods make: the search ends at this depth. */
const MAX_HOPS = 4

/** Finds the functions and classes of one file, their results and their callers. */
export class LocalCode {
  readonly source: TSESLint.SourceCode
  #returns: ReadonlyMap<FunctionNode, readonly TSESTree.Node[]> | undefined

  constructor(source: TSESLint.SourceCode) {
    this.source = source
  }

  /** The function of this file that a call of `callee` runs. */
  functionOf(callee: TSESTree.Node, hops = 0): FunctionNode | undefined {
    const value = constantValue(callee, this.source)
    if (isFunction(value)) return value
    if (value.type === AST_NODE_TYPES.Identifier) {
      const definition = variableOf(value, this.source)?.defs[0]
      const isFunctionName = definition?.type === TSESLint.Scope.DefinitionType.FunctionName
      return isFunctionName && isFunction(definition.node) ? definition.node : undefined
    }
    if (value.type !== AST_NODE_TYPES.MemberExpression) return undefined
    const key = memberKey(value)
    return key === undefined ? undefined : this.#methodOf(value.object, key, hops)
  }

  #methodOf(object: TSESTree.Node, key: string, hops: number): FunctionNode | undefined {
    const owner = this.classOf(object)
    const literal = this.literalOf(object, hops)
    const candidates = [
      ...this.lineageOf(owner).flatMap((each) => this.membersOf(each, key)),
      ...(literal === undefined ? [] : propertiesOf(literal, key)),
    ]
    return candidates.find(isFunction)
  }

  /** The class of this file that `node` is an instance of. */
  classOf(node: TSESTree.Node): ClassNode | undefined {
    const value = constantValue(node, this.source)
    if (value.type === AST_NODE_TYPES.NewExpression) return this.constructed(value)
    if (value.type === AST_NODE_TYPES.MemberExpression) return this.#classOfField(value)
    const owner = value.type === AST_NODE_TYPES.ThisExpression ? ownerOfThis(value) : undefined
    return isClass(owner) ? owner : undefined
  }

  /** The class of what a field of `this` is set to. */
  #classOfField(field: TSESTree.MemberExpression): ClassNode | undefined {
    if (field.object.type !== AST_NODE_TYPES.ThisExpression) return undefined
    const owner = ownerOfThis(field.object)
    const values = isClass(owner) ? this.membersOf(owner, memberKey(field) ?? '') : []
    const made = values.find(({ type }) => type === AST_NODE_TYPES.NewExpression)
    return made === undefined ? undefined : this.classOf(made)
  }

  /** The object literal of this file that `node` is, or that the function gives back which it calls. */
  literalOf(node: TSESTree.Node, hops = 0): TSESTree.ObjectExpression | undefined {
    const value = constantValue(node, this.source)
    if (value.type === AST_NODE_TYPES.CallExpression) {
      const maker = hops < MAX_HOPS ? this.functionOf(value.callee, hops + 1) : undefined
      return maker && this.returnsOf(maker).map(unwrap).find(isLiteral)
    }
    const owner = value.type === AST_NODE_TYPES.ThisExpression ? ownerOfThis(value) : value
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
  constructed({ callee }: Pick<TSESTree.NewExpression, 'callee'>): ClassNode | undefined {
    const value = constantValue(callee, this.source)
    if (isClass(value)) return value
    if (value.type !== AST_NODE_TYPES.Identifier) return undefined
    const node = variableOf(value, this.source)?.defs[0]?.node
    return isClass(node) ? node : undefined
  }

  /** Field values, assigned values, methods, and the results of getters under `key` of `owner`. */
  membersOf(owner: ClassNode, key: string): TSESTree.Node[] {
    const members = membersByName(owner, this.source).get(key) ?? []
    return members.flatMap((member): readonly TSESTree.Node[] => {
      if (member.type === AST_NODE_TYPES.PropertyDefinition) {
        return member.value === null ? [] : [member.value]
      }
      if (member.type !== AST_NODE_TYPES.MethodDefinition) return [member]
      return member.kind === 'get' && isFunction(member.value)
        ? this.returnsOf(member.value)
        : [member.value]
    })
  }

  /** The names of the fields of `owner` that printing an instance shows. */
  shownFieldsOf(owner: ClassNode): string[] {
    const declared = owner.body.body.flatMap((member) => {
      if (member.type === AST_NODE_TYPES.MethodDefinition) {
        return parameterProperties(member).map(({ name }) => name)
      }
      return member.type === AST_NODE_TYPES.PropertyDefinition ? [keyOf(member)] : []
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
  returnsOf(owner: FunctionNode): readonly TSESTree.Node[] {
    if (owner.body.type !== AST_NODE_TYPES.BlockStatement) return [owner.body]
    this.#returns ??= returnsIn(this.source)
    return this.#returns.get(owner) ?? []
  }

  /** `super(…)` in `constructor`. */
  supersIn(constructor: FunctionNode): readonly TSESTree.CallExpression[] {
    const owner = enclosing(constructor, isClass)
    if (owner === undefined) return []
    return classCodeOf(owner, this.source).supers.filter((call) => within(call, constructor))
  }
}

/** The results of the functions of a file that have statements. */
function returnsIn(source: TSESLint.SourceCode): ReadonlyMap<FunctionNode, TSESTree.Node[]> {
  const returns = new Map<FunctionNode, TSESTree.Node[]>()
  for (const node of visited(source, 'ReturnStatement', 'YieldExpression')) {
    const owner = enclosing(node, isFunction)
    if (owner === undefined || node.argument === null) continue
    const results = returns.get(owner) ?? []
    results.push(node.argument)
    returns.set(owner, results)
  }
  return returns
}

function isLiteral(node: TSESTree.Node): node is TSESTree.ObjectExpression {
  return node.type === AST_NODE_TYPES.ObjectExpression
}
