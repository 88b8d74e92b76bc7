import { AST_NODE_TYPES, TSESLint, type TSESTree } from '@typescript-eslint/utils'
import {
  ancestorsOf,
  enclosing,
  type FunctionNode,
  isFunction,
  keyOf,
  memberKey,
  within,
} from './syntax.ts'

type Variable = TSESLint.Scope.Variable
type Reference = TSESLint.Scope.Reference

/** Stands for every element of an array, a map or a set. */
export const EACH = '*'

/** A place that a variable gets its value from. */
export interface Origin {
  readonly node: TSESTree.Node
  /** The way from the value of `node` to the value of the variable, as destructuring takes it. */
  readonly keys: readonly string[]
  /** The keys that an object rest leaves out. */
  readonly except: readonly string[]
  /** The key under which the value is put into the variable: `x.key = node`, `x.push(node)`. */
  readonly into?: string
}

/** A parameter that a variable is, or is destructured from. */
export interface ParameterOrigin {
  readonly owner: FunctionNode
  readonly index: number
  readonly isRest: boolean
  readonly keys: readonly string[]
  readonly except: readonly string[]
}

type Way = Pick<Origin, 'keys' | 'except'>

const MUTATORS: ReadonlySet<string> = new Set(
  'push unshift splice fill set add append write'.split(' '),
)

const KNOWN = new WeakMap<Variable, readonly Origin[]>()

/** Where the values of `variable` come from, apart from parameters. `use` leaves out what happens only after it. */
export function originsOf(variable: Variable, use?: TSESTree.Node): readonly Origin[] {
  const origins = KNOWN.get(variable) ?? [
    ...variable.defs.flatMap((definition) => fromDefinition(variable, definition)),
    ...variable.references.flatMap((reference) => fromReference(variable, reference)),
  ]
  KNOWN.set(variable, origins)
  return use === undefined ? origins : origins.filter(({ node }) => !happensAfter(node, use))
}

/** The parameter that `variable` is part of. */
export function parameterOf(variable: Variable): ParameterOrigin | undefined {
  const definition = variable.defs[0]
  if (definition?.type !== TSESLint.Scope.DefinitionType.Parameter) return undefined
  const owner = definition.node
  if (!isFunction(owner)) return undefined
  for (const [index, parameter] of owner.params.entries()) {
    const isRest = parameter.type === AST_NODE_TYPES.RestElement
    const pattern = isRest ? parameter.argument : parameter
    const way = wayTo(variable, pattern)
    if (way !== undefined) return { owner, index, isRest, ...way }
  }
  return undefined
}

function fromDefinition(variable: Variable, { node, name }: TSESLint.Scope.Definition): Origin[] {
  const defaults = defaultsFor(variable, name)
  if (node.type !== AST_NODE_TYPES.VariableDeclarator) return defaults
  const way = wayTo(variable, node.id)
  const loop = node.parent.parent
  if (way === undefined) return defaults
  if (loop.type === AST_NODE_TYPES.ForOfStatement && loop.left === node.parent) {
    return [...defaults, { node: loop.right, keys: [EACH, ...way.keys], except: way.except }]
  }
  return node.init === null ? defaults : [...defaults, { node: node.init, ...way }]
}

function defaultsFor(variable: Variable, name: TSESTree.Node): Origin[] {
  const { parent } = name
  const isDefault = parent?.type === AST_NODE_TYPES.AssignmentPattern && parent.left === name
  const defines = name.type === AST_NODE_TYPES.Identifier && name.name === variable.name
  return isDefault && defines ? [{ node: parent.right, keys: [], except: [] }] : []
}

function fromReference(variable: Variable, { identifier, init }: Reference): Origin[] {
  if (init === true) return []
  const assignment = assignmentAround(identifier)
  if (assignment !== undefined) {
    const way = wayTo(variable, assignment.left)
    return way === undefined ? [] : [{ node: assignment.right, ...way }]
  }
  const { parent } = identifier
  if (parent.type !== AST_NODE_TYPES.MemberExpression || parent.object !== identifier) return []
  return fromMutation(parent)
}

function fromMutation(member: TSESTree.MemberExpression): Origin[] {
  const { parent } = member
  const into = memberKey(member)
  if (parent.type === AST_NODE_TYPES.AssignmentExpression && parent.left === member) {
    return [{ node: parent.right, keys: [], except: [], into: into ?? EACH }]
  }
  const isCall = parent.type === AST_NODE_TYPES.CallExpression && parent.callee === member
  if (!isCall || into === undefined || !MUTATORS.has(into)) return []
  return parent.arguments.map((node) => ({ node, keys: [], except: [], into: EACH }))
}

function assignmentAround(identifier: TSESTree.Node): TSESTree.AssignmentExpression | undefined {
  let node: TSESTree.Node = identifier
  while (node.parent !== undefined && PATTERNS.has(node.parent.type)) node = node.parent
  const { parent } = node
  return parent?.type === AST_NODE_TYPES.AssignmentExpression && parent.left === node
    ? parent
    : undefined
}

const PATTERNS: ReadonlySet<string> = new Set([
  AST_NODE_TYPES.ObjectPattern,
  AST_NODE_TYPES.ArrayPattern,
  AST_NODE_TYPES.Property,
  AST_NODE_TYPES.RestElement,
  AST_NODE_TYPES.AssignmentPattern,
])

/** The way that `pattern` takes from the value it is given to `variable`. */
function wayTo(variable: Variable, pattern: TSESTree.Node): Way | undefined {
  switch (pattern.type) {
    case AST_NODE_TYPES.Identifier:
      return pattern.name === variable.name ? { keys: [], except: [] } : undefined
    case AST_NODE_TYPES.AssignmentPattern:
      return wayTo(variable, pattern.left)
    case AST_NODE_TYPES.TSParameterProperty:
      return wayTo(variable, pattern.parameter)
    case AST_NODE_TYPES.ObjectPattern:
      return firstWay(pattern.properties, (property) => wayThroughProperty(variable, property))
    case AST_NODE_TYPES.ArrayPattern:
      return firstWay(pattern.elements, (element, index) => {
        if (element?.type === AST_NODE_TYPES.RestElement) {
          return step(EACH, wayTo(variable, element.argument))
        }
        return element === null ? undefined : step(String(index), wayTo(variable, element))
      })
    default:
      return undefined
  }
}

function wayThroughProperty(
  variable: Variable,
  property: TSESTree.Property | TSESTree.RestElement,
): Way | undefined {
  if (property.type === AST_NODE_TYPES.Property) {
    return step(keyOf(property) ?? EACH, wayTo(variable, property.value))
  }
  const way = wayTo(variable, property.argument)
  const siblings = (property.parent as TSESTree.ObjectPattern).properties
  const except = siblings.flatMap((sibling) =>
    sibling.type === AST_NODE_TYPES.Property ? [keyOf(sibling) ?? EACH] : [],
  )
  return way === undefined ? undefined : { keys: way.keys, except }
}

function step(key: string, way: Way | undefined): Way | undefined {
  return way === undefined ? undefined : { keys: [key, ...way.keys], except: way.except }
}

function firstWay<T>(parts: readonly T[], find: (part: T, index: number) => Way | undefined) {
  for (const [index, part] of parts.entries()) {
    const way = find(part, index)
    if (way !== undefined) return way
  }
  return undefined
}

/** Whether `event` is reached only after `use`: later in the same function, with no loop around both. */
function happensAfter(event: TSESTree.Node, use: TSESTree.Node): boolean {
  if (event.range[0] <= use.range[0]) return false
  if (enclosing(event, isFunction) !== enclosing(use, isFunction)) return false
  for (const around of ancestorsOf(use)) {
    if (isFunction(around)) return true
    if (LOOPS.has(around.type) && within(event, around)) return false
  }
  return true
}

const LOOPS: ReadonlySet<string> = new Set([
  AST_NODE_TYPES.ForStatement,
  AST_NODE_TYPES.ForOfStatement,
  AST_NODE_TYPES.ForInStatement,
  AST_NODE_TYPES.WhileStatement,
  AST_NODE_TYPES.DoWhileStatement,
])
