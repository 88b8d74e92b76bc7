import type { Node, SourceCode } from '../syntax/nodes.ts'
import {
  type TemplateAttribute,
  type TemplateElement,
  type TemplateExpression,
  templateExpressions,
} from '../syntax/templates.ts'
import { kindsShown } from './shown-attributes.ts'
import type { Sink } from './sink.ts'

/** Directives whose value an element shows as a whole. */
const SHOWN_BY = new Set(['html', 'text'])

/** The values that the template of a Vue component shows. */
export function templateSinks(source: SourceCode): Sink[] {
  return templateExpressions(source).flatMap((container) => {
    const { expression } = container
    return expression === null ? [] : (sinkOf(container, expression) ?? [])
  })
}

function sinkOf({ parent }: TemplateExpression, expression: Node): Sink | undefined {
  if (parent.type === 'VElement') return shown(`<${parent.rawName}>`, expression)
  const element = parent.parent.parent
  const { rawName } = element
  const directive = nameOf(parent)
  if (SHOWN_BY.has(directive)) return shown(`<${rawName} v-${directive}>`, expression)
  if (directive !== 'bind') return undefined
  const bound = parent.key.argument?.name
  const key = typeof bound === 'string' ? bound : undefined
  const kinds = kindsShown({
    tag: rawName,
    key,
    isPage: /^[a-z\d]+$/.test(rawName),
    type: attributeText(element, 'type'),
  })
  const name = key === undefined ? `<${rawName}>` : `<${rawName} ${key}>`
  return kinds && { ...shown(name, expression), kinds }
}

function shown(name: string, expression: Node): Sink {
  return { node: expression, name, given: [expression] }
}

function nameOf({ key: { name } }: TemplateAttribute): string {
  return typeof name === 'string' ? name : name.name
}

function attributeText({ startTag }: TemplateElement, name: string): unknown {
  const attribute = startTag.attributes.find((each) => !each.directive && nameOf(each) === name)
  return attribute?.value?.type === 'VLiteral' ? attribute.value.value : undefined
}
