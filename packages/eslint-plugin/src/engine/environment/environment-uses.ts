import type { TSESLint, TSESTree } from '@typescript-eslint/utils'
import type { Identifier, MemberExpression, Node, Property, SourceCode } from '../syntax/nodes.ts'
import { constantText, variableOf } from '../syntax/constants.ts'
import { type CallNode, isFunction, keyOf, memberKey, unwrap } from '../syntax/syntax.ts'
import { environmentPartOf, resultOf, type Thing, wholeOf } from './environment-objects.ts'
import type { Root } from './environment-roots.ts'
import { givesOn, isWritten, onlyLooks } from './value-uses.ts'
import { pathOf } from '../syntax/paths.ts'

/**
 * The effect of a call on an argument: nothing that reads the environment, give it back, give back the property `key` of it,
 * or anything with the whole.
 */
type Giving = 'nothing' | 'back' | 'whole' | { readonly key: string | undefined }

/** Functions that change what they are given first, and do no more than give it back. */
const CHANGES =
  /^(?:Object\.(?:assign|definePropert(?:y|ies))|Reflect\.(?:set|deleteProperty|defineProperty))$/

/** Functions that look for the property that they are given second. */
const LOOKS_UP = /^(?:Reflect\.(?:get|has)|Object\.hasOwn)$/

const BINDS: ReadonlySet<string> = new Set(['bind', 'call', 'apply'])

/** A place where the environment is read, or goes where it cannot be followed. */
export interface EnvironmentUse {
  readonly kind: 'variable' | 'environment' | 'process' | 'loader'
  readonly node: Node
  /** The name of the variable, if it is one and the file shows it. */
  readonly variable?: string | undefined
}

/**
 * Follows the environment forwards, from where it comes into a file to where its variables are read. What goes anywhere
 * else, such as into an object, a function or another file, counts as a use of the whole, so that nothing gets past.
 */
export class EnvironmentUses {
  readonly #source: SourceCode
  readonly #seen = new Map<Node, Set<Thing>>()

  constructor(source: SourceCode) {
    this.#source = source
  }

  /** The uses of what comes in by `root`. */
  of({ node, thing, isTarget = false }: Root): EnvironmentUse[] {
    return isTarget ? this.#bind(node, thing) : this.#follow(node, thing)
  }

  /** Goes on from the expression `node` to what is done with its value. */
  #follow(node: Node, thing: Thing): EnvironmentUse[] {
    const { parent } = node
    if (thing === 'loader') return [{ kind: 'loader', node }]
    if (parent === undefined || !this.#isNew(node, thing)) return []
    if (givesOn(node, parent)) return this.#follow(parent, thing)
    switch (parent.type) {
      case 'MemberExpression':
        return parent.object === node ? this.#step(parent, thing) : []
      case 'VariableDeclarator':
        return this.#bind(parent.id, thing)
      case 'AssignmentPattern':
        return this.#bind(isField(parent) ? parent.parent : parent.left, thing)
      case 'AssignmentExpression':
        return parent.right === node ? this.#assign(parent, thing) : []
      case 'CallExpression':
      case 'NewExpression':
        return parent.callee === node ? this.#call(parent, thing) : this.#give(parent, node, thing)
      case 'BinaryExpression':
        return parent.operator === 'in' && thing === 'env'
          ? this.#variable(parent, constantText(parent.left, this.#source))
          : []
      default:
        return onlyLooks(parent) ? [] : this.#whole(node, thing)
    }
  }

  /** Goes on from a variable, or the variables of a pattern, to where they are used. */
  #bind(target: Node, thing: Thing): EnvironmentUse[] {
    if (thing === 'loader') return [{ kind: 'loader', node: target }]
    switch (target.type) {
      case 'Identifier':
        return this.#bindVariable(target, thing)
      case 'AssignmentPattern':
        return this.#bind(target.left, thing)
      case 'RestElement':
        return this.#bind(target.argument, thing)
      case 'ObjectPattern':
        return target.properties.flatMap((property) =>
          property.type === 'RestElement'
            ? this.#bind(property, thing)
            : this.#take(property, property.value, thing),
        )
      default:
        return this.#whole(target, thing)
    }
  }

  #bindVariable(target: Identifier, thing: Thing): EnvironmentUse[] {
    const variable = variableOf(target, this.#source)
    if (variable === undefined || variable.defs.some(isExported)) return this.#whole(target, thing)
    return variable.references
      .filter((reference) => reference.isRead())
      .flatMap(({ identifier }) => this.#follow(identifier, thing))
  }

  #assign(assignment: TSESTree.AssignmentExpression, thing: Thing): EnvironmentUse[] {
    return [...this.#bind(assignment.left, thing), ...this.#follow(assignment, thing)]
  }

  /** Goes on to the property that a pattern takes. */
  #take(property: Property, target: Node, thing: Thing): EnvironmentUse[] {
    const key = keyOf(property) ?? constantText(property.key, this.#source)
    if (thing === 'env') return this.#variable(property, key)
    if (key === undefined) return this.#whole(property, thing)
    const part = environmentPartOf(thing, key)
    return part === undefined ? [] : this.#bind(target, part)
  }

  /** Goes on to the property that `member` reads. */
  #step(member: MemberExpression, thing: Thing): EnvironmentUse[] {
    const { computed, property } = member
    const key = keyOf({ computed, key: property }) ?? constantText(property, this.#source)
    if (thing !== 'env') return this.#stepTo(member, thing, key)
    return isWritten(member) ? [] : this.#variable(member, key)
  }

  /** Goes on to `node`, whose value is the property `key` of `thing`. */
  #stepTo(node: Node, thing: Thing, key: string | undefined): EnvironmentUse[] {
    if (thing === 'env') return this.#variable(node, key)
    if (key === undefined) return this.#whole(node, thing)
    const part = environmentPartOf(thing, key)
    return part === undefined ? [] : this.#follow(node, part)
  }

  #call(call: CallNode, thing: Thing): EnvironmentUse[] {
    const result = resultOf(thing)
    if (result !== undefined) return this.#follow(call, result)
    return thing === 'reader'
      ? this.#variable(call, constantText(call.arguments[0], this.#source))
      : []
  }

  #give(call: CallNode, node: Node, thing: Thing): EnvironmentUse[] {
    const giving = givingOf(call, node, thing, this.#source)
    if (giving === 'whole') return this.#whole(node, thing)
    if (giving === 'back') return this.#follow(call, thing)
    return giving === 'nothing' ? [] : this.#stepTo(call, thing, giving.key)
  }

  #whole(node: Node, thing: Thing): EnvironmentUse[] {
    const kind = wholeOf(thing)
    return kind === undefined ? [] : [{ kind, node }]
  }

  #variable(node: Node, variable: string | undefined): EnvironmentUse[] {
    return [{ kind: 'variable', node, variable }]
  }

  /** Whether `node` has not been visited with `thing` before; code may refer to itself in circles. */
  #isNew(node: Node, thing: Thing): boolean {
    const seen = this.#seen.get(node) ?? new Set()
    this.#seen.set(node, seen)
    if (seen.has(thing)) return false
    seen.add(thing)
    return true
  }
}

/** Whether the default `pattern` is that of a parameter that is also a field. */
function isField({ parent }: TSESTree.AssignmentPattern): boolean {
  return parent.type === 'TSParameterProperty'
}

function isExported({ parent }: TSESLint.Scope.Definition): boolean {
  const isVariable = parent?.type === 'VariableDeclaration'
  return isVariable && parent.parent.type === 'ExportNamedDeclaration'
}

/** The effect of `call` on its argument `node`, which is `thing`. */
function givingOf(call: CallNode, node: Node, thing: Thing, source: SourceCode): Giving {
  if (call.arguments[0] !== node) return 'whole'
  const path = pathOf(call.callee, source) ?? ''
  if (path === 'Boolean' || isReceiver(call)) return 'nothing'
  if (CHANGES.test(path)) return 'back'
  const key = constantText(call.arguments[1], source)
  if (LOOKS_UP.test(path)) return { key }
  // `once(process, 'exit')`, `mock.method(process, 'exit')`: the second argument names the part of it.
  const isOtherPart =
    key !== undefined && thing === 'process' && environmentPartOf(thing, key) === undefined
  return isOtherPart ? 'nothing' : 'whole'
}

/** Whether the first argument of `call` is the `this` of a method: `emit.apply(process, given)`. */
function isReceiver({ callee }: CallNode): boolean {
  const method = unwrap(callee)
  return (
    method.type === 'MemberExpression' &&
    BINDS.has(memberKey(method) ?? '') &&
    !isFunction(unwrap(method.object))
  )
}
