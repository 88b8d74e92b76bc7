import type { Node } from '../syntax/nodes.ts'
import { isHarmlessProperty, isSecretName } from '../naming/names.ts'
import { EACH } from '../syntax/patterns.ts'

/**
 * The access path from the value of an expression to a part of it: property names, indexes, `EACH`; at its end perhaps
 * `without(…)`, where parts of that part are left out.
 */
export type Keys = readonly string[]

/** Longer access paths into a value come only from recursion. */
export const MAX_KEYS = 8

/** A part of a value: what lies at `keys` of the value of `node`. */
export interface Place {
  readonly node: Node
  readonly keys: Keys
}

/** No property is called so. */
const LEAVES_OUT = '\0'

/** So many parts are left out of one value; an object that is spread into another, time and again, may lose thousands. */
const MAX_LEFT_OUT = 32

/** The last step of an access path that leads to everything but the parts that lie at `accessPaths`. */
function without(accessPaths: readonly Keys[]): string {
  // In order and once each, so that what is spread into itself comes to an end.
  const texts = new Set(accessPaths.map((accessPath) => JSON.stringify(accessPath)))
  return `${LEAVES_OUT}[${[...texts].sort().join()}]`
}

/** The access paths to what is left out where `keys` leads to a whole value; undefined where it leads to a part of it. */
export function leftOutOfWhole(keys: Keys): readonly Keys[] | undefined {
  const { accessPath, leftOut } = split(keys)
  return accessPath.length === 0 ? leftOut : undefined
}

/** The access path `keys` into something that has lost what lies at `lost`; undefined if `keys` leads to what was lost. */
export function narrow(keys: Keys, lost: readonly Keys[]): Keys | undefined {
  if (lost.length === 0) return keys
  const { accessPath, leftOut } = split(keys)
  if (lost.some((each) => begins(accessPath, each))) return undefined
  const inside = lost
    .filter((each) => begins(each, accessPath))
    .map((each) => each.slice(accessPath.length))
  return withLeftOut(accessPath, [...leftOut, ...inside])
}

/**
 * Something lies under the access path `put`, and is asked for what lies at `keys`: the rest of the access path, from there on. Undefined
 * if the two access paths part.
 */
export function accessPathInto(put: Keys, keys: Keys): Keys | undefined {
  const { accessPath, leftOut } = split(keys)
  const isTogether = accessPath
    .slice(0, put.length)
    .every((key, index) => key === put[index] || key === EACH || put[index] === EACH)
  if (!isTogether) return undefined
  if (accessPath.length >= put.length) return withLeftOut(accessPath.slice(put.length), leftOut)
  const deeper = put.slice(accessPath.length)
  return narrow(deeper, leftOut)?.slice(deeper.length)
}

/** Parts of the URL of a server that are no secret; the password stands before them. */
const URL_PARTS: ReadonlySet<string> = new Set('hostname port protocol origin pathname'.split(' '))

/** Whether what lies at `keys` of something secret may be shown: its `length`, the `host` of a connection. */
export function isHarmlessPath(keys: Keys): boolean {
  return split(keys).accessPath.some((key) => isHarmlessProperty(key) || URL_PARTS.has(key))
}

/** Whether what is left out of the whole at `keys` is what was secret in it, going by the names. */
export function leavesOutSecret(keys: Keys): boolean {
  return split(keys).leftOut.some((each) => each.some(isSecretName))
}

/** Whether `key` is the last step of an access path, and leaves something out. */
export function isLeavingOut(key: string): boolean {
  return key.startsWith(LEAVES_OUT)
}

function split(keys: Keys): { readonly accessPath: Keys; readonly leftOut: readonly Keys[] } {
  const last = keys.at(-1)
  if (last?.startsWith(LEAVES_OUT) !== true) return { accessPath: keys, leftOut: [] }
  return { accessPath: keys.slice(0, -1), leftOut: JSON.parse(last.slice(1)) as readonly Keys[] }
}

function withLeftOut(accessPath: Keys, leftOut: readonly Keys[]): Keys {
  return leftOut.length === 0
    ? accessPath
    : [...accessPath, without(leftOut.slice(0, MAX_LEFT_OUT))]
}

function begins(accessPath: Keys, start: Keys): boolean {
  return start.every((key, index) => key === accessPath[index])
}
