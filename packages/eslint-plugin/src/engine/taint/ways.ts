import type { Keys } from './flow.ts'
import { isHarmlessProperty, isSecretName } from '../naming/names.ts'
import { EACH } from '../syntax/patterns.ts'

/** No property is called so. */
const LEAVES_OUT = '\0'

/** The last step of a way that leads to everything but the parts that lie at `ways`. */
function without(ways: readonly Keys[]): string {
  // In order and once each, so that what is spread into itself comes to an end.
  const texts = new Set(ways.map((way) => JSON.stringify(way)))
  return `${LEAVES_OUT}[${[...texts].sort().join()}]`
}

/** The ways to what is left out where `keys` leads to a whole value; undefined where it leads to a part of it. */
export function leftOutOfWhole(keys: Keys): readonly Keys[] | undefined {
  const { way, leftOut } = split(keys)
  return way.length === 0 ? leftOut : undefined
}

/** The way `keys` into something that has lost what lies at `lost`; undefined if `keys` leads to what was lost. */
export function narrow(keys: Keys, lost: readonly Keys[]): Keys | undefined {
  if (lost.length === 0) return keys
  const { way, leftOut } = split(keys)
  if (lost.some((each) => begins(way, each))) return undefined
  const inside = lost.filter((each) => begins(each, way)).map((each) => each.slice(way.length))
  return withLeftOut(way, [...leftOut, ...inside])
}

/**
 * Something lies under the way `put`, and is asked for what lies at `keys`: the rest of the way, from there on. Undefined
 * if the two ways part.
 */
export function wayInto(put: Keys, keys: Keys): Keys | undefined {
  const { way, leftOut } = split(keys)
  const isTogether = way
    .slice(0, put.length)
    .every((key, index) => key === put[index] || key === EACH || put[index] === EACH)
  if (!isTogether) return undefined
  if (way.length >= put.length) return withLeftOut(way.slice(put.length), leftOut)
  const deeper = put.slice(way.length)
  return narrow(deeper, leftOut)?.slice(deeper.length)
}

/** Whether what lies at `keys` of something secret may be shown: its `length`, the `host` of a connection. */
export function isHarmlessWay(keys: Keys): boolean {
  return split(keys).way.some(isHarmlessProperty)
}

/** Whether what is left out of the whole at `keys` is what was secret in it, going by the names. */
export function leavesOutSecret(keys: Keys): boolean {
  return split(keys).leftOut.some((each) => each.some(isSecretName))
}

function split(keys: Keys): { readonly way: Keys; readonly leftOut: readonly Keys[] } {
  const last = keys.at(-1)
  if (last?.startsWith(LEAVES_OUT) !== true) return { way: keys, leftOut: [] }
  return { way: keys.slice(0, -1), leftOut: JSON.parse(last.slice(1)) as readonly Keys[] }
}

function withLeftOut(way: Keys, leftOut: readonly Keys[]): Keys {
  return leftOut.length === 0 ? way : [...way, without(leftOut)]
}

function begins(way: Keys, start: Keys): boolean {
  return start.every((key, index) => key === way[index])
}
