import type { Node, ObjectExpression } from '../syntax/nodes.ts'
import { constantValue } from '../syntax/constants.ts'
import { isFunction, keyOf, propertiesOf } from '../syntax/syntax.ts'
import type { SinkContext } from './sink.ts'

type Given = readonly Node[]
type Leaving = (given: Given, context: SinkContext) => Given

/** Everything after the first argument leaves: `console.assert(isGood, …)`. */
export const afterFirst: Leaving = (given) => given.slice(1)

/** Nothing but the first argument leaves. */
export const onlyFirst: Leaving = (given) => given.slice(0, 1)

/** These properties of the options at `index` leave; of functions, their results. */
export function properties(index: number, ...names: readonly string[]): Leaving {
  return (given, context) => {
    const object = optionsAt(given[index], context)
    if (object === undefined) return []
    return names
      .flatMap((name) => propertiesOf(object, name))
      .flatMap((value) => (isFunction(value) ? context.code.returnsOf(value) : [value]))
  }
}

/** All properties of the options at `index` but these leave. */
export function propertiesBut(index: number, ...names: readonly string[]): Leaving {
  return (given, context) => {
    const object = optionsAt(given[index], context)
    if (object === undefined) return []
    return object.properties.flatMap((property) => {
      if (property.type === 'SpreadElement') return [property.argument]
      return names.includes(keyOf(property) ?? '') ? [] : [property.value]
    })
  }
}

/** The values that leave by one of these. */
export function both(...all: readonly Leaving[]): Leaving {
  return (given, context) => all.flatMap((leaving) => leaving(given, context))
}

/** The object literal that `node` is, or is a constant for. */
function optionsAt(node: Node | undefined, { source }: SinkContext): ObjectExpression | undefined {
  const value = node && constantValue(node, source)
  return value?.type === 'ObjectExpression' ? value : undefined
}
