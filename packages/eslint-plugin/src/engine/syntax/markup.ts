import type { TSESTree } from '@typescript-eslint/utils'
import type { Node } from './nodes.ts'

/** The name of an element as it is written: `p`, `Layout.Header`; empty for a fragment. */
export function elementName(element: TSESTree.JSXElement | TSESTree.JSXFragment): string {
  return element.type === 'JSXFragment' ? '' : tagName(element.openingElement.name)
}

function tagName(name: TSESTree.JSXTagNameExpression): string {
  if (name.type === 'JSXIdentifier') return name.name
  return name.type === 'JSXNamespacedName'
    ? `${name.namespace.name}:${name.name.name}`
    : `${tagName(name.object)}.${name.property.name}`
}

/** Whether an element of that name is the page's own, and not a component: `p`, `my-button`, a fragment. */
export function isPageElement(name: string): boolean {
  return /^[a-z](?!.*\.)|^$/.test(name)
}

/** The name of an attribute: `href`, `xlink:href`. */
export function attributeName({ name }: TSESTree.JSXAttribute): string {
  return name.type === 'JSXIdentifier' ? name.name : `${name.namespace.name}:${name.name.name}`
}

/** The value of an attribute or child of an element; undefined where nothing is written. */
export function markupValue(node: Node | null | undefined): Node | undefined {
  if (node?.type !== 'JSXExpressionContainer') return node ?? undefined
  return node.expression.type === 'JSXEmptyExpression' ? undefined : node.expression
}

/** The text that an attribute of `element` is set to. */
export function attributeText(element: TSESTree.JSXOpeningElement, name: string): unknown {
  for (const attribute of element.attributes) {
    if (attribute.type !== 'JSXAttribute' || attributeName(attribute) !== name) continue
    const value = markupValue(attribute.value)
    return value?.type === 'Literal' ? value.value : undefined
  }
  return undefined
}
