import { AST_NODE_TYPES, TSESLint, type TSESTree } from '@typescript-eslint/utils'
import { constantValue, variableOf } from './constants.ts'
import {
  type ClassNode,
  descend,
  enclosing,
  type FunctionNode,
  isClass,
  isFunction,
  keyOf,
  memberKey,
  unwrap,
} from './syntax.ts'

/** A call or construction, as far as arguments go. */
export type CallNode = TSESTree.CallExpression | TSESTree.NewExpression

interface ClassCode {
  /** `this.key = value`, by key. */
  readonly assigned: readonly { readonly key: string; readonly value: TSESTree.Node }[]
  /** `this.key(…)`, by key. */
  readonly calls: readonly { readonly key: string; readonly call: TSESTree.CallExpression }[]
}

/** Finds the functions and classes of one file, their results and their callers. */
export class LocalCode {
  readonly source: TSESLint.SourceCode
  readonly #classes = new WeakMap<ClassNode, ClassCode>()
  readonly #returns = new WeakMap<FunctionNode, readonly TSESTree.Node[]>()

  constructor(source: TSESLint.SourceCode) {
    this.source = source
  }

  /** The function of this file that a call of `callee` runs. */
  functionOf(callee: TSESTree.Node): FunctionNode | undefined {
    const value = constantValue(callee, this.source)
    if (isFunction(value)) return value
    if (value.type === AST_NODE_TYPES.Identifier) {
      const definition = variableOf(value, this.source)?.defs[0]
      const isFunctionName = definition?.type === TSESLint.Scope.DefinitionType.FunctionName
      return isFunctionName && isFunction(definition.node) ? definition.node : undefined
    }
    if (value.type !== AST_NODE_TYPES.MemberExpression) return undefined
    const key = memberKey(value)
    return key === undefined ? undefined : this.#methodOf(value.object, key)
  }

  #methodOf(object: TSESTree.Node, key: string): FunctionNode | undefined {
    const owner = this.classOf(object)
    const value = constantValue(object, this.source)
    const candidates = [
      ...(owner === undefined ? [] : this.membersOf(owner, key)),
      ...(value.type === AST_NODE_TYPES.ObjectExpression ? propertiesOf(value, key) : []),
    ]
    return candidates.find(isFunction)
  }

  /** The class of this file that `node` is an instance of. */
  classOf(node: TSESTree.Node): ClassNode | undefined {
    const value = constantValue(node, this.source)
    if (value.type === AST_NODE_TYPES.ThisExpression) return thisClass(value)
    return value.type === AST_NODE_TYPES.NewExpression ? this.constructed(value) : undefined
  }

  /** The class of this file that `construction` makes an instance of. */
  constructed({ callee }: TSESTree.NewExpression): ClassNode | undefined {
    const value = constantValue(callee, this.source)
    if (isClass(value)) return value
    if (value.type !== AST_NODE_TYPES.Identifier) return undefined
    const node = variableOf(value, this.source)?.defs[0]?.node
    return isClass(node) ? node : undefined
  }

  /** Field values, assigned values, methods, and the results of getters under `key` of `owner`. */
  membersOf(owner: ClassNode, key: string): TSESTree.Node[] {
    const declared = owner.body.body.flatMap((member): TSESTree.Node[] => {
      if (member.type === AST_NODE_TYPES.MethodDefinition) {
        if (member.kind === 'constructor') {
          return parameterProperties(member).filter(({ name }) => name === key)
        }
        if (keyOf(member) !== key) return []
        return member.kind === 'get' && isFunction(member.value)
          ? [...this.returnsOf(member.value)]
          : [member.value]
      }
      const isField = member.type === AST_NODE_TYPES.PropertyDefinition && keyOf(member) === key
      return isField && member.value !== null ? [member.value] : []
    })
    const assigned = this.#classCode(owner).assigned.filter((assignment) => assignment.key === key)
    return [...declared, ...assigned.map(({ value }) => value)]
  }

  /** The names of the fields of `owner` that printing an instance shows. */
  shownFieldsOf(owner: ClassNode): string[] {
    const declared = owner.body.body.flatMap((member) => {
      if (member.type === AST_NODE_TYPES.MethodDefinition) {
        return parameterProperties(member).map(({ name }) => name)
      }
      return member.type === AST_NODE_TYPES.PropertyDefinition ? [keyOf(member)] : []
    })
    const assigned = this.#classCode(owner).assigned.map(({ key }) => key)
    const names = [...declared, ...assigned].filter((key) => key?.startsWith('#') === false)
    return [...new Set(names)].filter((key) => key !== undefined)
  }

  /** What `owner` gives back; yielded values too. */
  returnsOf(owner: FunctionNode): readonly TSESTree.Node[] {
    const known = this.#returns.get(owner)
    if (known !== undefined) return known
    const results: TSESTree.Node[] = []
    if (owner.body.type === AST_NODE_TYPES.BlockStatement) {
      const inside = descend(owner.body, this.source.visitorKeys, (node) => !isFunction(node))
      for (const node of inside) {
        const gives =
          node.type === AST_NODE_TYPES.ReturnStatement ||
          node.type === AST_NODE_TYPES.YieldExpression
        if (gives && node.argument !== null) {
          results.push(node.argument)
        }
      }
    } else results.push(owner.body)
    this.#returns.set(owner, results)
    return results
  }

  /** The places in this file that run `owner` directly. */
  callsOf(owner: FunctionNode): CallNode[] {
    const method = owner.parent
    if (method.type === AST_NODE_TYPES.MethodDefinition) return this.#callsOfMethod(method)
    return this.usesOf(owner).flatMap((use) => {
      const { parent } = use
      const isCall =
        (parent?.type === AST_NODE_TYPES.CallExpression ||
          parent?.type === AST_NODE_TYPES.NewExpression) &&
        parent.callee === use
      return isCall ? [parent] : []
    })
  }

  #callsOfMethod(method: TSESTree.MethodDefinition): CallNode[] {
    const owner = method.parent.parent
    if (method.kind === 'constructor') {
      return this.#referencesOf(owner).flatMap(({ parent }) =>
        parent?.type === AST_NODE_TYPES.NewExpression ? [parent] : [],
      )
    }
    const key = keyOf(method)
    return this.#classCode(owner)
      .calls.filter((each) => each.key === key)
      .map(({ call }) => call)
  }

  /** The nodes through which `owner` is called or handed on: its references, or the function itself where it stands. */
  usesOf(owner: FunctionNode): TSESTree.Node[] {
    const { parent } = owner
    if (owner.type === AST_NODE_TYPES.FunctionDeclaration) return this.#referencesOf(owner)
    if (parent.type === AST_NODE_TYPES.VariableDeclarator) return this.#referencesOf(parent)
    return [owner]
  }

  #referencesOf(declaration: TSESTree.Node): TSESTree.Node[] {
    return this.source
      .getDeclaredVariables(declaration)
      .filter((variable) => variable.defs[0]?.node === declaration)
      .filter((variable) => variable.defs[0]?.type !== TSESLint.Scope.DefinitionType.Parameter)
      .flatMap((variable) => variable.references)
      .filter((reference) => reference.isRead())
      .map((reference) => reference.identifier)
  }

  #classCode(owner: ClassNode): ClassCode {
    const known = this.#classes.get(owner)
    if (known !== undefined) return known
    const assigned: { key: string; value: TSESTree.Node }[] = []
    const calls: { key: string; call: TSESTree.CallExpression }[] = []
    for (const node of descend(owner.body, this.source.visitorKeys, (child) => !isClass(child))) {
      if (node.type === AST_NODE_TYPES.AssignmentExpression) {
        const key = ownKey(node.left)
        if (key !== undefined) assigned.push({ key, value: node.right })
      }
      if (node.type === AST_NODE_TYPES.CallExpression) {
        const key = ownKey(unwrap(node.callee))
        if (key !== undefined) calls.push({ key, call: node })
      }
    }
    const code = { assigned, calls }
    this.#classes.set(owner, code)
    return code
  }
}

/** The values, methods and getter functions under `key` of an object literal. */
export function propertiesOf(object: TSESTree.ObjectExpression, key: string): TSESTree.Node[] {
  return object.properties.flatMap((property) =>
    property.type === AST_NODE_TYPES.Property && keyOf(property) === key ? [property.value] : [],
  )
}

/** The parameters that a constructor keeps as fields of the same name. */
function parameterProperties({ value }: TSESTree.MethodDefinition): TSESTree.Identifier[] {
  return value.params.flatMap((parameter) => {
    if (parameter.type !== AST_NODE_TYPES.TSParameterProperty) return []
    const inner = parameter.parameter
    const name = inner.type === AST_NODE_TYPES.AssignmentPattern ? inner.left : inner
    return [name]
  })
}

function ownKey(node: TSESTree.Node): string | undefined {
  const isOwn =
    node.type === AST_NODE_TYPES.MemberExpression &&
    node.object.type === AST_NODE_TYPES.ThisExpression
  return isOwn ? memberKey(node) : undefined
}

function thisClass(node: TSESTree.ThisExpression): ClassNode | undefined {
  const owner = enclosing(
    node,
    (each): each is TSESTree.Node =>
      isClass(each) || (isFunction(each) && each.type !== AST_NODE_TYPES.ArrowFunctionExpression),
  )
  if (isClass(owner)) return owner
  const grandparent = owner?.parent?.parent?.parent
  return owner?.parent?.type === AST_NODE_TYPES.MethodDefinition && isClass(grandparent)
    ? grandparent
    : undefined
}
