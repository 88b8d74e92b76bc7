import type { TSESTree } from '@typescript-eslint/utils'
import { markupValue } from '../syntax/markup.ts'
import type { Node } from '../syntax/nodes.ts'
import { anyOf, type Flow, type Found, strongest } from './flow.ts'
import type { Keys } from '../graph/access-path.ts'
import { leakOfPart } from './read-values.ts'

/** Reads an element of JSX: what stands in it, and what it is given. */
export function readElement(element: TSESTree.JSXElement, keys: Keys, flow: Flow): Found {
  return anyOf(
    () => readParts(element.children, keys, flow),
    () => readAttributes(element.openingElement, keys, flow),
  )
}

/** Reads a fragment of JSX: what stands in it. */
export function readFragment({ children }: TSESTree.JSXFragment, keys: Keys, flow: Flow): Found {
  return readParts(children, keys, flow)
}

/** A form is given the password that is typed into it, and a component a Secret: only the value is certain to be shown. */
function readAttributes({ attributes }: TSESTree.JSXOpeningElement, keys: Keys, flow: Flow): Found {
  const given = attributes.map((each) =>
    each.type === 'JSXSpreadAttribute' ? each.argument : each.value,
  )
  const found = readParts(given, keys, flow)
  return found?.kind === 'exposed' ? found : undefined
}

function readParts(parts: readonly (Node | null)[], keys: Keys, flow: Flow): Found {
  const values = parts.flatMap((each) => markupValue(each) ?? [])
  return leakOfPart(
    strongest(values, (each) => flow.read(each, [])),
    keys,
  )
}
