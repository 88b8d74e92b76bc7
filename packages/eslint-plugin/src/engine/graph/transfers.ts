import type { Node } from '../syntax/nodes.ts'
import { EACH, entryAt } from '../syntax/patterns.ts'
import type { Keys } from './access-path.ts'
import { type How, isElement } from './step.ts'

/** Where a part of a result lies in something, if need be by the arguments; undefined if nowhere. */
type Into = (keys: Keys, given: readonly Node[]) => Keys | undefined

/** The function that a method is given, whose results are in its own. */
export interface Callback {
  /** Its place among the arguments. */
  readonly at: number
  readonly how: How
  /** Whether its result is one element of the whole. */
  readonly isElement?: boolean
}

/** The result of a method, whatever that is called on. */
interface Transfer {
  /** Where a part of the result lies in what the method is called on. */
  readonly receiver: Into | undefined
  /** Which arguments are in the result: from which one on, and up to which. */
  readonly given: readonly [from: number, to?: number] | undefined
  readonly callback: Callback | undefined
}

/** A text has nothing under a name. */
const text: Into = (keys) => (isElement(keys) ? [] : undefined)
const whole: Into = () => []
const asItIs: Into = (keys) => keys
const elements: Into = (keys) => (keys.length === 0 ? keys : [EACH, ...keys.slice(1)])
const entries: Into = ([index, place, ...rest]) => {
  if (index === undefined) return []
  return place === '0' ? undefined : [EACH, ...rest]
}

const TEXT =
  'toString toLocaleString valueOf toJSON toFixed toHexString toWellFormed normalize trim trimStart trimEnd toUpperCase ' +
  'toLowerCase substring substr subarray charAt split replace replaceAll padStart padEnd repeat join decode encode'

const RECEIVERS: ReadonlyMap<string, Into> = new Map(
  Object.entries({
    [TEXT]: text,
    'match matchAll next': whole,
    finally: asItIs,
    'slice concat reverse toReversed sort toSorted flat filter values with fill': elements,
    'at find findLast pop shift': (keys) => [EACH, ...keys],
    get: (keys, [key]) => [entryAt(key), '1', ...keys],
    entries,
  }).flatMap(([names, receiver]) => names.split(' ').map((name) => [name, receiver] as const)),
)

const GIVEN: ReadonlyMap<string, Transfer['given']> = new Map([
  ['concat', [0]],
  ['padStart', [1]],
  ['padEnd', [1]],
  ['join', [0]],
  ['with', [1]],
  ['fill', [0, 1]],
  ['replace', [1]],
  ['replaceAll', [1]],
  ['encode', [0, 1]],
  ['decode', [0, 1]],
])

const CALLBACKS: ReadonlyMap<string, Callback> = new Map<string, Callback>([
  ['map', { at: 0, how: 'again', isElement: true }],
  ['flatMap', { at: 0, how: 'again', isElement: true }],
  ['reduce', { at: 0, how: 'again' }],
  ['replace', { at: 1, how: 'again' }],
  ['replaceAll', { at: 1, how: 'again' }],
  ['then', { at: 0, how: 'is' }],
  ['catch', { at: 0, how: 'is' }],
  ['sort', { at: 0, how: 'over' }],
  ['toSorted', { at: 0, how: 'over' }],
])

/** The {@link Transfer} of the methods that are called `method`; undefined if they give back something else. */
export function transferOf(method: string): Transfer | undefined {
  const [receiver, callback] = [RECEIVERS.get(method), CALLBACKS.get(method)]
  const isKnown = receiver !== undefined || callback !== undefined
  return isKnown ? { receiver, given: GIVEN.get(method), callback } : undefined
}

/** Where a part of the result of a function lies in each of its arguments, by its path; perhaps in another place. */
export const MOVES: ReadonlyMap<string, Into> = new Map([
  ['Object.assign', asItIs],
  ['Object.values', elements],
  ['Object.entries', entries],
  ['Object.fromEntries', ([name, ...rest]) => (name === undefined ? [] : [EACH, '1', ...rest])],
  ['Promise.all', asItIs],
  [
    'Promise.allSettled',
    ([index = EACH, part, ...rest]) =>
      part === undefined || part === 'value' ? [index, ...rest] : undefined,
  ],
])
