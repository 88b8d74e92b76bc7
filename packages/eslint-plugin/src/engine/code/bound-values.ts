import type { TSESTree } from '@typescript-eslint/utils'
import { attributeName, markupValue } from '../syntax/markup.ts'
import type { ByType, Node, Property } from '../syntax/nodes.ts'
import type { LocalCode } from './local-code.ts'
import { lastName } from '../syntax/paths.ts'
import { type FunctionNode, isFunction, keyOf, propertiesOf } from '../syntax/syntax.ts'

/** Properties with the value of what the object around them describes. */
const VALUES: ReadonlySet<string> = new Set(['value', 'default', 'defaultValue', 'initialValue'])

/**
 * The name of what `property` gives a value, where the object around it describes that: `{ name: 'TOKEN', value }`,
 * `token: { default }`, `option('token', { default })`.
 */
function slotName(property: Property): string | undefined {
  const { parent: object } = property
  if (object.type !== 'ObjectExpression' || !VALUES.has(keyOf(property) ?? '')) return undefined
  const own = ['name', 'key'].flatMap((key) => propertiesOf(object, key)).flatMap(textOf)
  return own[0] ?? nameAround(object)
}

function nameAround(object: TSESTree.ObjectExpression): string | undefined {
  const { parent } = object
  if (parent.type === 'Property') return keyOf(parent)
  if (parent.type !== 'CallExpression') return undefined
  return parent.arguments.slice(0, parent.arguments.indexOf(object)).flatMap(textOf).at(-1)
}

/** The name and the value of an entry: `new Map([['token', value]])`. */
function entryOf(entry: TSESTree.ArrayExpression): readonly [string | undefined, Node | null] {
  const [key, value, ...rest] = entry.elements
  const isEntry = entry.parent.type === 'ArrayExpression' && rest.length === 0
  return isEntry && key ? [textOf(key)[0], value ?? null] : [undefined, null]
}

function textOf(node: Node): string[] {
  return node.type === 'Literal' && typeof node.value === 'string' ? [node.value] : []
}

/** A value, and the name of what it is kept in or given back by. */
export interface BoundValue {
  readonly name: string
  readonly value: TSESTree.Node
  /** Whether the value is added to what is there: `text += value`. */
  readonly isAdded: boolean
}

type Value = TSESTree.Node | null
type Named = readonly [name: string | undefined, value: Value]

const NAMERS = {
  VariableDeclarator: ({ id, init }) => [lastName(id), init],
  AssignmentExpression: ({ left, right }) => [lastName(left), right],
  AssignmentPattern: ({ left, right }) => [lastName(left), right],
  Property: (node) => [slotName(node) ?? keyOf(node), node.value],
  ArrayExpression: entryOf,
  PropertyDefinition: (node) => [keyOf(node), node.value],
  MethodDefinition: (node) => [keyOf(node), node.value],
  FunctionDeclaration: (node) => [node.id?.name, node],
  JSXAttribute: (node) => [attributeName(node), markupValue(node.value) ?? null],
} as const satisfies ByType<Named>

/** A node that gives a value a name. */
export type NamingNode = Extract<TSESTree.Node, { type: keyof typeof NAMERS }>

/** All kinds of {@link NamingNode}. */
export const NAMING_TYPES = Object.keys(NAMERS) as (keyof typeof NAMERS)[]

/**
 * The value to which `node` gives a name, or the results of the function to which it does, if the name is wanted; most
 * are not, so that is asked first.
 */
export function boundValues(
  node: NamingNode,
  code: LocalCode,
  isWanted: (name: string, isResult: boolean) => boolean,
): BoundValue[] {
  const [name, value] = nameAndValue(node)
  const isResult = isFunction(value)
  if (name === undefined || value === null || !isWanted(name, isResult)) return []
  if (isResult) {
    return code.returnsOf(value).map((result) => ({ name, value: result, isAdded: false }))
  }
  const isAdded = node.type === 'AssignmentExpression' && node.operator === '+='
  return [{ name, value, isAdded }]
}

/** The name of a function: its own, or that of what it is kept in. */
export function nameOfFunction(owner: FunctionNode): string | undefined {
  const { parent } = owner
  if (owner.type === 'FunctionDeclaration') return owner.id?.name
  return parent.type in NAMERS ? nameAndValue(parent as NamingNode)[0] : undefined
}

function nameAndValue(node: NamingNode): Named {
  const read = NAMERS[node.type] as (node: NamingNode) => Named
  return read(node)
}
