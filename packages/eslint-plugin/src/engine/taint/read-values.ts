import { AST_NODE_TYPES, type TSESTree } from '@typescript-eslint/utils'
import { type Flow, type Frame, type Keys, type Leak, strongest } from './flow.ts'
import { EACH } from '../syntax/patterns.ts'
import { propertyLeak } from './sources.ts'
import { isFunction, keyOf } from '../syntax/syntax.ts'
import { isHarmlessWay, leavesOutSecret, leftOutOfWhole, narrow } from './ways.ts'

/** What the part `keys` of something gives away that is known only as a whole. */
export function partOf(whole: Leak | undefined, keys: Keys): Leak | undefined {
  if (keys.length === 0) return whole
  return whole?.kind === 'exposed' && !isHarmlessWay(keys) && !leavesOutSecret(keys)
    ? whole
    : undefined
}

/** Reads an object literal: its values, its computed keys, what is spread into it, and the names of its properties. */
export function readObject(
  object: TSESTree.ObjectExpression,
  keys: Keys,
  frame: Frame | undefined,
  flow: Flow,
): Leak | undefined {
  return strongest(object.properties.entries(), ([index, property]) => {
    const later = object.properties.slice(index + 1).flatMap(ownKey)
    const left = narrow(
      keys,
      later.map((key) => [key]),
    )
    if (left === undefined) return undefined
    return property.type === AST_NODE_TYPES.SpreadElement
      ? flow.read(property.argument, left, frame)
      : readProperty(property, left, frame, flow)
  })
}

function ownKey(property: TSESTree.ObjectExpression['properties'][number]): string[] {
  const key = property.type === AST_NODE_TYPES.Property ? keyOf(property) : undefined
  return key === undefined ? [] : [key]
}

/** Reads what a property adds to what lies at `keys` of its object. */
function readProperty(
  property: TSESTree.Property,
  keys: Keys,
  frame: Frame | undefined,
  flow: Flow,
): Leak | undefined {
  const name = keyOf(property)
  const leftOut = leftOutOfWhole(keys)
  const rest =
    leftOut === undefined ? wayAfter(name, keys) : narrow([name ?? EACH], leftOut)?.slice(1)
  const { value } = property
  if (rest === undefined) return undefined
  if (property.kind === 'get' && isFunction(value)) {
    return strongest(flow.code.returnsOf(value), (result) => flow.read(result, rest, frame))
  }
  if (isFunction(value)) return undefined
  const found = flow.read(value, rest, frame)
  if (leftOut === undefined || found !== undefined) return found
  return name === undefined ? flow.read(property.key, [], frame) : propertyLeak(property, flow)
}

function wayAfter(name: string | undefined, [key, ...rest]: Keys): Keys | undefined {
  return key === EACH || name === undefined || key === name ? rest : undefined
}

/** Reads an array literal: the element at the index, or all of them. */
export function readArray(
  array: TSESTree.ArrayExpression,
  keys: Keys,
  frame: Frame | undefined,
  flow: Flow,
): Leak | undefined {
  const [key, ...rest] = leftOutOfWhole(keys) === undefined ? keys : []
  const hasSpread = array.elements.some((each) => each?.type === AST_NODE_TYPES.SpreadElement)
  const elements = array.elements.filter((element) => element !== null)
  const single = key === undefined || hasSpread ? undefined : array.elements[Number(key)]
  if (single !== undefined && single !== null) return flow.read(single, rest, frame)
  if (key !== undefined && key !== EACH && !/^\d+$/.test(key)) return undefined
  return strongest(elements, (element) =>
    element.type === AST_NODE_TYPES.SpreadElement
      ? flow.read(element.argument, key === undefined ? [] : [EACH, ...rest], frame)
      : flow.read(element, rest, frame),
  )
}
