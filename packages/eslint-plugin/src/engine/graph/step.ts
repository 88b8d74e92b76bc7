import { EACH, isEntry } from '../syntax/patterns.ts'
import type { Keys, Place } from './access-path.ts'

/**
 * How a value has to do with the one that was asked about:
 * - `is`: it may be that value, perhaps in another form
 * - `held`: that value is an object that keeps it, and does not show it
 * - `given`: it may be that value, where a call of the function gives it
 * - `part`: it is in that value, beside others
 * - `again`: it is put into that value time and again, as in a loop
 * - `over`: that value is made by going over it, or in an order that it gives
 * - `under`: it is put under a name of that value
 */
export type How = 'is' | 'held' | 'given' | 'part' | 'again' | 'over' | 'under'

/** One step back, from a value to one of which it is made. */
export interface Step extends Place {
  readonly how: How
  /** The access path under which it is put. */
  readonly into?: Keys
}

/** All steps back from a value; undefined where the file does not show what it is made of. */
export type Steps = readonly Step[] | undefined

/** Steps of one kind to each of `places`. */
export function stepsTo(how: How, places: readonly Place[]): Step[] {
  return places.map(({ node, keys }) => ({ how, node, keys }))
}

/** Whether `keys` lead to elements of a list or characters of a text, and to nothing that has a name. */
export function isElement(keys: Keys): boolean {
  return keys.every((key) => key === EACH || isEntry(key) || /^\d+$/.test(key))
}

const SAME: ReadonlySet<How> = new Set(['is', 'held'])

/** Whether a step leads to the same value, perhaps in another form. */
export function isSame({ how }: Step): boolean {
  return SAME.has(how)
}
