import { AST_NODE_TYPES, type TSESTree } from '@typescript-eslint/utils'
import { type Flow, type Frame, type Keys, type Leak, strongest } from './flow.ts'
import { propertiesOf } from './local-code.ts'
import { isHarmlessProperty } from './names.ts'
import { EACH } from './origins.ts'
import { propertyLeak } from './sources.ts'
import { isFunction, keyOf } from './syntax.ts'

/** What the part `keys` of something gives away that is known only as a whole. */
export function partOf(whole: Leak | undefined, keys: Keys): Leak | undefined {
  if (keys.length === 0) return whole
  return whole?.kind === 'exposed' && !keys.some(isHarmlessProperty) ? whole : undefined
}

/** Reads an object literal: its values, its computed keys, what is spread into it, and the names of its properties. */
export function readObject(
  object: TSESTree.ObjectExpression,
  keys: Keys,
  frame: Frame | undefined,
  flow: Flow,
): Leak | undefined {
  const [key, ...rest] = keys
  const parts =
    key === undefined || key === EACH
      ? object.properties
      : object.properties.filter(
          (property) =>
            property.type === AST_NODE_TYPES.SpreadElement || (keyOf(property) ?? key) === key,
        )
  const isNamed = key !== undefined && propertiesOf(object, key).length > 0
  return strongest(parts, (property) => {
    if (property.type === AST_NODE_TYPES.SpreadElement) {
      return isNamed ? undefined : flow.read(property.argument, keys, frame)
    }
    return readProperty(property, key === undefined ? undefined : rest, frame, flow)
  })
}

function readProperty(
  property: TSESTree.Property,
  keys: Keys | undefined,
  frame: Frame | undefined,
  flow: Flow,
): Leak | undefined {
  const { value } = property
  if (property.kind === 'get' && isFunction(value)) {
    return strongest(flow.code.returnsOf(value), (result) => flow.read(result, keys ?? [], frame))
  }
  if (isFunction(value)) return undefined
  const found = flow.read(value, keys ?? [], frame)
  if (keys !== undefined || found !== undefined) return found
  return keyOf(property) === undefined
    ? flow.read(property.key, [], frame)
    : propertyLeak(property, flow)
}

/** An object without some of its properties, as object rest leaves it. */
export function readWithout(
  node: TSESTree.Node,
  except: readonly string[],
  frame: Frame | undefined,
  flow: Flow,
): Leak | undefined {
  if (node.type !== AST_NODE_TYPES.ObjectExpression) return undefined
  const left = node.properties.filter(
    (property) =>
      property.type === AST_NODE_TYPES.SpreadElement || !except.includes(keyOf(property) ?? EACH),
  )
  return strongest(left, (property) =>
    property.type === AST_NODE_TYPES.SpreadElement
      ? flow.read(property.argument, [], frame)
      : readProperty(property, undefined, frame, flow),
  )
}

/** Reads an array literal: the element at the index, or all of them. */
export function readArray(
  array: TSESTree.ArrayExpression,
  keys: Keys,
  frame: Frame | undefined,
  flow: Flow,
): Leak | undefined {
  const [key, ...rest] = keys
  const hasSpread = array.elements.some((each) => each?.type === AST_NODE_TYPES.SpreadElement)
  const elements = array.elements.filter((element) => element !== null)
  const single = key === undefined || hasSpread ? undefined : array.elements[Number(key)]
  if (single !== undefined && single !== null) return flow.read(single, rest, frame)
  if (key !== undefined && key !== EACH && !/^\d+$/.test(key)) return undefined
  return strongest(elements, (element) =>
    element.type === AST_NODE_TYPES.SpreadElement
      ? flow.read(element.argument, keys, frame)
      : flow.read(element, rest, frame),
  )
}
