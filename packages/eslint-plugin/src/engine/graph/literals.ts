import type { TSESTree } from '@typescript-eslint/utils'
import type { LocalCode } from '../code/local-code.ts'
import { perFile } from '../per-file.ts'
import type { Node, ObjectExpression } from '../syntax/nodes.ts'
import { EACH, isEntry } from '../syntax/patterns.ts'
import { isFunction, keyOf } from '../syntax/syntax.ts'
import { type Keys, leftOutOfWhole, narrow, type Place } from './access-path.ts'

/** A property of an object literal, or what is spread into it. */
export type ObjectPart = ObjectExpression['properties'][number]

/** So many parts of an object that is read whole are one row. */
const ROW = 16

/** The parts of an object literal that are not overwritten by a later one. */
interface Parts {
  readonly all: readonly ObjectPart[]
  /** The same, some at a time, with their names. */
  readonly rows: readonly Row[]
  readonly named: ReadonlyMap<string, ObjectPart>
  /** Objects spread into it, and values under a name of run time. */
  readonly unnamed: readonly ObjectPart[]
  /** The access paths to what has a name, and how many of them stand before each of `unnamed`. */
  readonly accessPaths: readonly Keys[]
  readonly before: ReadonlyMap<ObjectPart, number>
}

interface Row {
  readonly parts: readonly ObjectPart[]
  readonly names: ReadonlySet<string | undefined>
}

/** Found once, since an object of a thousand entries may be read a hundred times. */
export const partsOf = perFile(({ properties }: ObjectExpression): Parts => {
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
  const rows = Array.from({ length: Math.ceil(all.length / ROW) }, (_, index) => {
    const row = all.slice(index * ROW, (index + 1) * ROW)
    return { parts: row, names: new Set(row.map(ownKey)) }
  })
  return { all, rows, named, unnamed, accessPaths, before }
})

const byPlace = (one: Node, other: Node) => one.range[0] - other.range[0]

/** The name of a property, if the code has it written. */
export function ownKey(part: ObjectPart): string | undefined {
  return part.type === 'Property' ? keyOf(part) : undefined
}

/** The parts in which the value at `keys` may lie; of a name those that come after what has it. */
export function partsAt(keys: Keys, { all, named, unnamed }: Parts): readonly ObjectPart[] {
  const key = leftOutOfWhole(keys) === undefined ? keys[0] : EACH
  if (key === undefined || key === EACH) return all
  const own = named.get(key)
  if (own === undefined) return unnamed
  return [own, ...unnamed.filter((each) => byPlace(own, each) < 0)]
}

/**
 * Where in `part` of an object literal the value at `keys` of the object may lie: in no method, but in what a getter
 * gives. Undefined if `keys` leads elsewhere.
 */
export function placesInPart(
  part: ObjectPart,
  keys: Keys,
  parts: Parts,
  code: LocalCode,
): Place[] | undefined {
  if (part.type === 'SpreadElement') {
    // What is named after a spread overwrites it.
    const left = narrow(keys, parts.accessPaths.slice(parts.before.get(part)))
    return left && [{ node: part.argument, keys: left }]
  }
  const rest = keysWithin(keyOf(part), keys)
  if (rest === undefined) return undefined
  if (!isFunction(part.value)) return [{ node: part.value, keys: rest }]
  return part.kind === 'get' ? code.returnsOf(part.value).map((node) => ({ node, keys: rest })) : []
}

/** The rest of `keys` in what an object has under `name`. */
function keysWithin(name: string | undefined, keys: Keys): Keys | undefined {
  const leftOut = leftOutOfWhole(keys)
  if (leftOut !== undefined) return narrow([name ?? EACH], leftOut)?.slice(1)
  const [key, ...rest] = keys
  return key === EACH || name === undefined || key === name ? rest : undefined
}

/** Where the value at `keys` of an object literal may lie. */
export function placesInObject(object: ObjectExpression, keys: Keys, code: LocalCode): Place[] {
  const parts = partsOf(object, code.source)
  return partsAt(keys, parts).flatMap((part) => placesInPart(part, keys, parts, code) ?? [])
}

const elementsOf = perFile((array: TSESTree.ArrayExpression) => {
  const elements = array.elements.filter((element) => element !== null)
  return { elements, hasSpread: elements.some(({ type }) => type === 'SpreadElement') }
})

/** Where the value at `keys` of an array literal may lie: in the element at the index, or in any. */
export function placesInArray(
  array: TSESTree.ArrayExpression,
  keys: Keys,
  { source }: LocalCode,
): Place[] {
  const [first, ...rest] = leftOutOfWhole(keys) === undefined ? keys : []
  // The entries of a map, as it is made with them, are pairs.
  const key = first !== undefined && isEntry(first) ? EACH : first
  const { elements, hasSpread } = elementsOf(array, source)
  const single = key === undefined || hasSpread ? undefined : array.elements[Number(key)]
  if (single !== undefined && single !== null) return [{ node: single, keys: rest }]
  if (key !== undefined && key !== EACH && !/^\d+$/.test(key)) return []
  return elements.map((element) =>
    element.type === 'SpreadElement'
      ? { node: element.argument, keys: key === undefined ? [] : [EACH, ...rest] }
      : { node: element, keys: rest },
  )
}
