import type { TSESTree } from '@typescript-eslint/utils'
import {
  attributeName,
  attributeText,
  elementName,
  isPageElement,
  markupValue,
} from '../syntax/markup.ts'
import type { Node } from '../syntax/nodes.ts'
import { kindsShown, VALUE } from './shown-attributes.ts'
import type { Sink, SinkContext, SinkNode } from './sink.ts'
import { templateSinks } from './template-sinks.ts'

/** The values that a page shows in an element of JSX: `<p>{x}</p>`, `<a href={x}>`, `<p {...x}>`; of a program, those in its template. */
export function valuesRendered(
  node: SinkNode,
  { source }: SinkContext,
): Sink | readonly Sink[] | undefined {
  if (node.type === 'Program') return templateSinks(source)
  if (node.type !== 'JSXExpressionContainer' && node.type !== 'JSXSpreadAttribute') return undefined
  const { parent } = node
  if (node.type === 'JSXSpreadAttribute') {
    return parent.type === 'JSXOpeningElement'
      ? { node, name: `<${tagOf(parent)}>`, given: [node.argument], kinds: VALUE }
      : undefined
  }
  const value = markupValue(node)
  if (value === undefined) return undefined
  if (parent.type === 'JSXAttribute') return attribute(node, value, parent)
  if (parent.type !== 'JSXElement' && parent.type !== 'JSXFragment') return undefined
  return { node, name: `<${elementName(parent)}>`, given: [value] }
}

function attribute(node: Node, value: Node, of: TSESTree.JSXAttribute): Sink | undefined {
  const key = attributeName(of)
  const tag = tagOf(of.parent)
  const type = attributeText(of.parent, 'type')
  const kinds = kindsShown({ tag, key, isPage: isPageElement(tag), type })
  return kinds && { node, name: `<${tag} ${key}>`, given: [value], kinds }
}

function tagOf({ parent }: TSESTree.JSXOpeningElement): string {
  return elementName(parent)
}
