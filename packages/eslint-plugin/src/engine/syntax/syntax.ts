import type { TSESLint, TSESTree } from '@typescript-eslint/utils'
import type {
  CallExpression,
  MemberExpression,
  NewExpression,
  Node,
  ObjectExpression,
} from './nodes.ts'

/** Any function with a body. */
export type FunctionNode =
  TSESTree.ArrowFunctionExpression | TSESTree.FunctionDeclaration | TSESTree.FunctionExpression

/** A class, declared or as an expression. */
export type ClassNode = TSESTree.ClassDeclaration | TSESTree.ClassExpression

/** A call or construction, as far as arguments go. */
export type CallNode = CallExpression | NewExpression

const TRANSPARENT: ReadonlySet<string> = new Set([
  'TSAsExpression',
  'TSNonNullExpression',
  'TSSatisfiesExpression',
  'TSTypeAssertion',
  'ChainExpression',
  'TSInstantiationExpression',
])

/** `node` without casts, `!`, `satisfies` and optional chaining around it. */
export function unwrap(node: Node): Node {
  return TRANSPARENT.has(node.type) && 'expression' in node ? unwrap(node.expression as Node) : node
}

export function isFunction(node: Node | null | undefined): node is FunctionNode {
  return (
    node?.type === 'ArrowFunctionExpression' ||
    node?.type === 'FunctionDeclaration' ||
    node?.type === 'FunctionExpression'
  )
}

export function isClass(node: Node | null | undefined): node is ClassNode {
  return node?.type === 'ClassDeclaration' || node?.type === 'ClassExpression'
}

/** Any statement whose body may run again. */
export function isLoop({ type }: Node): boolean {
  return LOOPS.has(type)
}

const LOOPS: ReadonlySet<string> = new Set([
  'ForStatement',
  'ForOfStatement',
  'ForInStatement',
  'WhileStatement',
  'DoWhileStatement',
])

interface Keyed {
  readonly computed: boolean
  readonly key: Node
}

/** The name of a property, field or method, with its `#` if private; undefined if computed at run time. */
export function keyOf({ computed, key }: Keyed): string | undefined {
  if (key.type === 'PrivateIdentifier') return `#${key.name}`
  if (key.type === 'Identifier' && !computed) return key.name
  if (key.type === 'Literal') return String(key.value)
  return undefined
}

/** The name that a member expression reads. */
export function memberKey(node: MemberExpression): string | undefined {
  return keyOf({ computed: node.computed, key: node.property })
}

/** The nodes around `node`, from the inside out. */
export function* ancestorsOf(node: Node): Generator<Node> {
  for (let each = parentOf(node); each !== undefined; each = parentOf(each)) yield each
}

/** The parent of `node`; undefined for the program, to which ESLint gives a parent that is null. */
export function parentOf(node: Node): Node | undefined {
  return node.parent ?? undefined
}

/** The nearest node around `node` that passes `test`. */
export function enclosing<T extends Node>(
  node: Node,
  test: (candidate: Node) => candidate is T,
): T | undefined {
  let around = parentOf(node)
  while (around !== undefined && !test(around)) around = parentOf(around)
  return around
}

/** Whether `inner` lies within `outer`. */
export function within(inner: Node, outer: Node): boolean {
  return inner.range[0] >= outer.range[0] && inner.range[1] <= outer.range[1]
}

/** The nodes directly under `node`. */
function childrenOf(node: Node, keys: TSESLint.SourceCode.VisitorKeys) {
  const fields = node as unknown as Record<string, Child | readonly Child[]>
  const children: Node[] = []
  const add = (child: Child) => {
    if (typeof child === 'object' && child !== null) children.push(child)
  }
  for (const key of keys[node.type] ?? []) {
    const child = fields[key]
    if (Array.isArray(child)) (child as readonly Child[]).forEach(add)
    else add(child as Child)
  }
  return children
}

type Child = Node | null | undefined

/** Every node under `root` and itself, in source order; does not enter nodes for which `enter` is false. */
export function* descend(
  root: Node,
  keys: TSESLint.SourceCode.VisitorKeys,
  enter: (node: Node) => boolean = () => true,
): Generator<Node> {
  // One generator for the whole tree: one for each node in it would hand every node up through all that are above it.
  const left = [root]
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    yield node
    for (const child of childrenOf(node, keys).filter(enter).reverse()) left.push(child)
  }
}

/** The values, methods and getter functions under `key` of an object literal. */
export function propertiesOf(object: ObjectExpression, key: string): readonly Node[] {
  const known = PROPERTIES.get(object) ?? valuesByKey(object)
  PROPERTIES.set(object, known)
  return known.get(key) ?? []
}

/** The values of each object literal that was asked for one: it may be a table of thousands, asked time and again. */
const PROPERTIES = new WeakMap<ObjectExpression, ReadonlyMap<string, Node[]>>()

function valuesByKey({ properties }: ObjectExpression): Map<string, Node[]> {
  const values = new Map<string, Node[]>()
  for (const property of properties) {
    const key = property.type === 'Property' ? keyOf(property) : undefined
    if (property.type !== 'Property' || key === undefined) continue
    const under = values.get(key)
    if (under === undefined) values.set(key, [property.value])
    else under.push(property.value)
  }
  return values
}
