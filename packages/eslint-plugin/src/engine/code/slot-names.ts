import type { TSESTree } from '@typescript-eslint/utils'
import type { Node, Property } from '../syntax/nodes.ts'
import { keyOf, propertiesOf } from '../syntax/syntax.ts'

/** Properties with the value of what the object around them describes. */
const VALUES: ReadonlySet<string> = new Set(['value', 'default', 'defaultValue', 'initialValue'])

/**
 * The name of what `property` gives a value, where the object around it describes that: `{ name: 'TOKEN', value }`,
 * `token: { default }`, `option('token', { default })`.
 */
export function slotName(property: Property): string | undefined {
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
export function entryOf(
  entry: TSESTree.ArrayExpression,
): readonly [string | undefined, Node | null] {
  const [key, value, ...rest] = entry.elements
  const isEntry = entry.parent.type === 'ArrayExpression' && rest.length === 0
  return isEntry && key ? [textOf(key)[0], value ?? null] : [undefined, null]
}

function textOf(node: Node): string[] {
  return node.type === 'Literal' && typeof node.value === 'string' ? [node.value] : []
}
