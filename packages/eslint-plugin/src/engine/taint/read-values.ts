import type { TSESTree } from '@typescript-eslint/utils'
import type { Node, ObjectExpression, Property } from '../syntax/nodes.ts'
import { type Flow, type Found, type Keys, strongest } from './flow.ts'
import { perFile } from '../per-file.ts'
import { EACH } from '../syntax/patterns.ts'
import { propertyLeak } from './sources.ts'
import { isFunction, keyOf } from '../syntax/syntax.ts'
import { isHarmlessPath, leavesOutSecret, leftOutOfWhole, narrow } from './access-path.ts'

/** The leak of the part `keys` of something that is known only as a whole. */
export function leakOfPart(whole: Found, keys: Keys): Found {
  if (keys.length === 0) return whole
  return whole?.kind === 'exposed' && !isHarmlessPath(keys) && !leavesOutSecret(keys)
    ? whole
    : undefined
}

/** Reads an object literal: its values, its computed keys, what is spread into it, and the names of its properties. */
export function readObject(object: ObjectExpression, keys: Keys, flow: Flow): Found {
  const places = placesIn(object, flow.source)
  const leftOut = leftOutOfWhole(keys)
  const read = (property: ObjectPart) => {
    if (property.type === 'Property') return readProperty(property, { keys, leftOut }, flow)
    const left = narrow(keys, namedAfter(property, places))
    return left === undefined ? undefined : flow.read(property.argument, left)
  }
  if (leftOut === undefined) return strongest(reachedBy(keys, leftOut, places), read)
  const left = new Set(leftOut.map(([key]) => key))
  return strongest(places.rows, (row) =>
    row.some((each) => left.has(ownKey(each)) || !('key' in each))
      ? strongest(row, read)
      : flow.ask(row, [], () => readWhole(row, flow)),
  )
}

/** So many parts of an object that is printed whole are a question of their own, also where it is printed without others. */
const ROW = 16

function readWhole(row: readonly ObjectPart[], flow: Flow): Found {
  return strongest(row, (each) =>
    each.type === 'Property' ? readProperty(each, { keys: [], leftOut: [] }, flow) : undefined,
  )
}

type ObjectPart = ObjectExpression['properties'][number]

/** The parts of an object literal that are not overwritten by a later one. */
interface Places {
  readonly all: readonly ObjectPart[]
  /** The same, some at a time. */
  readonly rows: readonly (readonly ObjectPart[])[]
  readonly named: ReadonlyMap<string, ObjectPart>
  /** Objects spread into it, and values under a name of run time. */
  readonly unnamed: readonly ObjectPart[]
  /** The access paths to what has a name, and how many of them stand before each of `unnamed`. */
  readonly accessPaths: readonly Keys[]
  readonly before: ReadonlyMap<ObjectPart, number>
}

/** Found once, since an object of a thousand entries may be printed a hundred times. */
const placesIn = perFile(({ properties }: ObjectExpression): Places => {
  const named = new Map<string, ObjectPart>()
  const unnamed: ObjectPart[] = []
  const accessPaths: Keys[] = []
  const before = new Map<ObjectPart, number>()
  for (const property of properties) {
    const key = ownKey(property)
    if (key === undefined) {
      unnamed.push(property)
      before.set(property, accessPaths.length)
    } else {
      named.set(key, property)
      accessPaths.push([key])
    }
  }
  const all = [...named.values(), ...unnamed].sort(byPlace)
  const rows = Array.from({ length: Math.ceil(all.length / ROW) }, (_, index) =>
    all.slice(index * ROW, (index + 1) * ROW),
  )
  return { all, rows, named, unnamed, accessPaths, before }
})

/** The parts in which the value at `keys` may lie; of a name those that come after what has it. */
function reachedBy(
  [key]: Keys,
  leftOut: readonly Keys[] | undefined,
  { all, named, unnamed }: Places,
): readonly ObjectPart[] {
  if (key === undefined || key === EACH || leftOut !== undefined) return all
  const own = named.get(key)
  if (own === undefined) return unnamed
  return [own, ...unnamed.filter((each) => byPlace(own, each) < 0)]
}

/** The access paths to what has a name after `spread`, which overwrites what is spread. */
function namedAfter(
  spread: TSESTree.SpreadElement,
  { accessPaths, before }: Places,
): readonly Keys[] {
  return accessPaths.slice(before.get(spread))
}

const byPlace = (one: Node, other: Node) => one.range[0] - other.range[0]

function ownKey(property: ObjectPart): string | undefined {
  return property.type === 'Property' ? keyOf(property) : undefined
}

/** Reads what a property adds to what lies at `keys` of its object. */
function readProperty(
  property: Property,
  { keys, leftOut }: { readonly keys: Keys; readonly leftOut: readonly Keys[] | undefined },
  flow: Flow,
): Found {
  const name = keyOf(property)
  const rest =
    leftOut === undefined ? accessPathAfter(name, keys) : narrow([name ?? EACH], leftOut)?.slice(1)
  const { value } = property
  if (rest === undefined) return undefined
  if (property.kind === 'get' && isFunction(value)) {
    return strongest(flow.code.returnsOf(value), (result) => flow.read(result, rest))
  }
  if (isFunction(value)) return undefined
  const found = flow.read(value, rest)
  if (leftOut === undefined || found !== undefined) return found
  return name === undefined ? flow.read(property.key, []) : propertyLeak(property, flow)
}

function accessPathAfter(name: string | undefined, [key, ...rest]: Keys): Keys | undefined {
  return key === EACH || name === undefined || key === name ? rest : undefined
}

const elementsOf = perFile((array: TSESTree.ArrayExpression) => {
  const elements = array.elements.filter((element) => element !== null)
  return { elements, hasSpread: elements.some(({ type }) => type === 'SpreadElement') }
})

/** Reads an array literal: the element at the index, or all of them. */
export function readArray(array: TSESTree.ArrayExpression, keys: Keys, flow: Flow): Found {
  const [key, ...rest] = leftOutOfWhole(keys) === undefined ? keys : []
  const { elements, hasSpread } = elementsOf(array, flow.source)
  const single = key === undefined || hasSpread ? undefined : array.elements[Number(key)]
  if (single !== undefined && single !== null) return flow.read(single, rest)
  if (key !== undefined && key !== EACH && !/^\d+$/.test(key)) return undefined
  return strongest(elements, (element) =>
    element.type === 'SpreadElement'
      ? flow.read(element.argument, key === undefined ? [] : [EACH, ...rest])
      : flow.read(element, rest),
  )
}
