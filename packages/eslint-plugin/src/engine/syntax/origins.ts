import { TSESLint, type TSESTree } from '@typescript-eslint/utils'
import type { Node, SourceCode, Variable } from './nodes.ts'
import { perFile } from '../per-file.ts'
import { EACH, type AccessPath, accessPathTo, entryAt } from './patterns.ts'
import {
  ancestorsOf,
  enclosing,
  type FunctionNode,
  isFunction,
  isLoop,
  memberKey,
  within,
} from './syntax.ts'

type Reference = TSESLint.Scope.Reference

/** A place that a variable gets its value from. */
export interface Origin extends AccessPath {
  /** Whose value holds that of the variable, at the end of the access path. */
  readonly node: Node
  /** The key under which the value is put into the variable: `x.key = node`, `x.push(node)`. */
  readonly into?: string
  /** The keys from there on, where it is put deeper: `x.key.under = node`. */
  readonly under?: readonly string[]
  /** Whether it joins what is there already: `Object.assign(x, node)`. */
  readonly joins?: true
}

/** A parameter that a variable is, or is destructured from. */
export interface ParameterOrigin extends AccessPath {
  readonly owner: FunctionNode
  readonly index: number
  readonly isRest: boolean
}

const MUTATORS: ReadonlySet<string> = new Set(
  'push unshift splice fill set add append write'.split(' '),
)

/** Of these, the ones that take a key and its value, which are read again as a pair: `for (const [key, value] of x)`. */
const PAIR_MUTATORS: ReadonlySet<string> = new Set(['set', 'append'])

/** Where the values of a variable come from, apart from parameters. */
export const originsOf: (variable: Variable, source: SourceCode) => readonly Origin[] = perFile(
  (variable: Variable): readonly Origin[] => [
    ...variable.defs.flatMap((definition) => fromDefinition(variable, definition)),
    ...variable.references.flatMap((reference) => fromReference(variable, reference)),
  ],
)

/** Where the values come from that `variable` may have at `use`: not from what happens only after it. */
export function originsAt(variable: Variable, use: Node, source: SourceCode): readonly Origin[] {
  return originsOf(variable, source).filter(({ node }) => !happensAfter(node, use))
}

/** Where the whole value of `variable` comes from: what it begins with and what is assigned to it, not what is put into it. */
export function wholeOrigins(variable: Variable): Origin[] {
  const later = variable.references.filter(({ init }) => init !== true)
  return [
    ...variable.defs.flatMap((definition) => fromDefinition(variable, definition)),
    ...later.flatMap((reference) => fromAssignment(variable, reference) ?? []),
  ]
}

/** The parameter that `variable` is part of. */
export function parameterOf(variable: Variable): ParameterOrigin | undefined {
  const definition = variable.defs[0]
  if (definition?.type !== TSESLint.Scope.DefinitionType.Parameter) return undefined
  const owner = definition.node
  if (!isFunction(owner)) return undefined
  for (const [index, parameter] of owner.params.entries()) {
    const isRest = parameter.type === 'RestElement'
    const pattern = isRest ? parameter.argument : parameter
    const accessPath = accessPathTo(variable, pattern)
    if (accessPath !== undefined) return { owner, index, isRest, ...accessPath }
  }
  return undefined
}

function fromDefinition(variable: Variable, { node, name }: TSESLint.Scope.Definition): Origin[] {
  const defaults = defaultsFor(variable, name)
  if (node.type !== 'VariableDeclarator') return defaults
  const accessPath = accessPathTo(variable, node.id)
  const loop = node.parent.parent
  if (accessPath === undefined) return defaults
  if (loop.type === 'ForOfStatement' && loop.left === node.parent) {
    return [
      ...defaults,
      { node: loop.right, keys: [EACH, ...accessPath.keys], except: accessPath.except },
    ]
  }
  return node.init === null ? defaults : [...defaults, { node: node.init, ...accessPath }]
}

function defaultsFor(variable: Variable, name: Node): Origin[] {
  const { parent } = name
  const isDefault = parent?.type === 'AssignmentPattern' && parent.left === name
  const defines = name.type === 'Identifier' && name.name === variable.name
  return isDefault && defines ? [{ node: parent.right, keys: [], except: [] }] : []
}

function fromReference(variable: Variable, reference: Reference): Origin[] {
  const { identifier } = reference
  if (reference.init === true) return []
  return fromAssignment(variable, reference) ?? fromAssign(identifier) ?? mutationsOf(identifier)
}

/** `x = node` */
function fromAssignment(variable: Variable, reference: Reference): Origin[] | undefined {
  const assignment = reference.isWrite() ? assignmentAround(reference.identifier) : undefined
  if (assignment === undefined) return undefined
  const accessPath = accessPathTo(variable, assignment.left)
  return accessPath === undefined ? [] : [{ node: assignment.right, ...accessPath }]
}

/** `Object.assign(x, node)` */
function fromAssign(identifier: Node): Origin[] | undefined {
  const { parent } = identifier
  if (parent?.type !== 'CallExpression' || parent.arguments[0] !== identifier) return undefined
  const { callee } = parent
  const isAssign =
    callee.type === 'MemberExpression' &&
    callee.object.type === 'Identifier' &&
    callee.object.name === 'Object' &&
    memberKey(callee) === 'assign'
  return isAssign
    ? parent.arguments.slice(1).map((node) => ({ node, keys: [], except: [], joins: true }))
    : undefined
}

/** Values put into the value of `target` where it stands; `accessPath` leads to it from the value that is asked for. */
export function mutationsOf(target: Node, accessPath: readonly string[] = []): Origin[] {
  const member = target.parent
  if (member?.type !== 'MemberExpression' || member.object !== target) return []
  const { parent } = member
  const key = memberKey(member) ?? EACH
  if (parent.type === 'AssignmentExpression' && parent.left === member) {
    return [put(parent.right, [...accessPath, key])]
  }
  const isCall = parent.type === 'CallExpression' && parent.callee === member
  if (!isCall) return mutationsOf(member, [...accessPath, key])
  if (!MUTATORS.has(key)) return []
  const isPair = PAIR_MUTATORS.has(key) && parent.arguments.length > 1
  return parent.arguments.map((node, index) =>
    put(
      node,
      isPair ? [...accessPath, entryAt(parent.arguments[0]), String(index)] : [...accessPath, EACH],
    ),
  )
}

function put(node: Node, [into = EACH, ...under]: readonly string[]): Origin {
  return { node, keys: [], except: [], into, ...(under.length > 0 ? { under } : {}) }
}

function assignmentAround(identifier: Node): TSESTree.AssignmentExpression | undefined {
  let node: Node = identifier
  while (node.parent !== undefined && PATTERNS.has(node.parent.type)) node = node.parent
  const { parent } = node
  return parent?.type === 'AssignmentExpression' && parent.left === node ? parent : undefined
}

const PATTERNS: ReadonlySet<string> = new Set([
  'ObjectPattern',
  'ArrayPattern',
  'Property',
  'RestElement',
  'AssignmentPattern',
])

/** Whether `event` is reached only after `use`: later in the same function, with no loop around both. */
export function happensAfter(event: Node, use: Node): boolean {
  if (event.range[0] <= use.range[0]) return false
  if (enclosing(event, isFunction) !== enclosing(use, isFunction)) return false
  for (const around of ancestorsOf(use)) {
    if (isFunction(around)) return true
    if (isLoop(around) && within(event, around)) return false
  }
  return true
}
