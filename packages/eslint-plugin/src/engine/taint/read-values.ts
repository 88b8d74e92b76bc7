import { isHarmlessPath, type Keys, leavesOutSecret, leftOutOfWhole } from '../graph/access-path.ts'
import { type ObjectPart, ownKey, partsAt, partsOf, placesInPart } from '../graph/literals.ts'
import type { ObjectExpression } from '../syntax/nodes.ts'
import { isFunction } from '../syntax/syntax.ts'
import { type Flow, type Found, readAny, strongest } from './flow.ts'
import { propertyLeak } from './sources.ts'

/** The leak of the part `keys` of something that is known only as a whole. */
export function leakOfPart(whole: Found, keys: Keys): Found {
  if (keys.length === 0) return whole
  return whole?.kind === 'exposed' && !isHarmlessPath(keys) && !leavesOutSecret(keys)
    ? whole
    : undefined
}

/** Reads an object literal: its values, its computed keys, what is spread into it, and the names of its properties. */
export function readObject(object: ObjectExpression, keys: Keys, flow: Flow): Found {
  const parts = partsOf(object, flow.source)
  const leftOut = leftOutOfWhole(keys)
  const read = (part: ObjectPart, accessPath: Keys) => {
    const places = placesInPart(part, accessPath, parts, flow.code)
    const found = places && readAny(places, flow)
    const isNamed = found === undefined && places !== undefined && leftOut !== undefined
    return isNamed ? nameLeak(part, flow) : found
  }
  if (leftOut === undefined) return strongest(partsAt(keys, parts), (part) => read(part, keys))
  const left = [undefined, ...leftOut.map(([key]) => key)]
  return strongest(parts.rows, (row) =>
    left.some((key) => row.names.has(key))
      ? strongest(row.parts, (part) => read(part, keys))
      : flow.ask(row, [], () => strongest(row.parts, (part) => read(part, []))),
  )
}

/** The leak of a property of an object that is read whole, by its name. */
function nameLeak(part: ObjectPart, flow: Flow): Found {
  if (part.type === 'SpreadElement' || isFunction(part.value)) return undefined
  return ownKey(part) === undefined ? flow.read(part.key, []) : propertyLeak(part, flow)
}
