import type { Origin } from '../syntax/origins.ts'
import { EACH, isEntry } from '../syntax/patterns.ts'
import { accessPathInto, isLeavingOut, type Keys, narrow, type Place } from './access-path.ts'

/** Parts of a URL that show what was put into its other parts. */
const SHOWS_WHOLE: ReadonlySet<string> = new Set(['href', 'search'])

/** Something put into a value: `x.key = node`; perhaps without what it has lost since. */
export interface Put extends Origin {
  readonly lost?: readonly Keys[]
}

/** The access path under which `put` lies. */
export function pathOfPut({ into = EACH, under = [] }: Put): Keys {
  return [into, ...under]
}

/** Where what lies at `keys` of the value that `put` was put into may lie: in it, or in a part of it. */
export function placeInPut(put: Put, keys: Keys): Place | undefined {
  const { node, into = EACH, lost = [] } = put
  if (into === EACH && node.parent?.type === 'CallExpression' && isProperty(keys[0])) {
    return undefined
  }
  const rest = accessPathInto(pathOfPut(put), SHOWS_WHOLE.has(keys[0] ?? '') ? [] : keys)
  const left = rest && narrow(rest, lost)
  return left && { node, keys: left }
}

/** Whether `key` is no element of a list, a table or a stream, so that no method has put it there: `file.write(text)`, `file.path`. */
function isProperty(key: string | undefined): boolean {
  const own = onlyKey(key === undefined ? [] : [key])
  return own !== undefined && !isEntry(own) && !/^\d+$/.test(own)
}

/** The one key under which all lies that `keys` leads to; undefined if there may be more. */
export function onlyKey([key = EACH]: Keys): string | undefined {
  return key === EACH || SHOWS_WHOLE.has(key) || isLeavingOut(key) ? undefined : key
}
