import type { LocalCode } from '../code/local-code.ts'
import type { Origin } from '../syntax/origins.ts'
import { type ClassNode, isFunction } from '../syntax/syntax.ts'
import type { Keys, Place } from './access-path.ts'

/** Where the value at `keys` of an instance of `owner`, or of `owner` itself, lies: in its fields, not in its methods. */
export function membersAt(owner: ClassNode, [key, ...rest]: Keys, code: LocalCode): Place[] {
  if (key === undefined) return []
  return code
    .lineageOf(owner)
    .flatMap((each) => code.membersOf(each, key))
    .filter((member) => !isFunction(member))
    .map((node) => ({ node, keys: rest }))
}

/** Values that `owner`, and the classes that it extends, put into what the field `key` holds. */
export function putsIntoField(owner: ClassNode, key: string, code: LocalCode): Origin[] {
  return code.lineageOf(owner).flatMap((each) => code.putsInto(each, key))
}
