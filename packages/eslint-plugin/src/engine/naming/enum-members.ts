import type { MemberExpression } from '../syntax/nodes.ts'
import { words, wordsOf } from './names.ts'
import { lastName } from '../syntax/paths.ts'
import { memberKey } from '../syntax/syntax.ts'

/** Last words of objects with a capital letter whose properties are no constants of an enumeration: `Config.apiKey`, `ENV.API_KEY`. */
const VALUE_OWNERS = words(
  'config configuration conf settings env environment options opts secrets credentials auth session constants consts keys',
)

/** Whether `member` is one of an object with a capital letter that holds no values of run time: `TokenType.Bearer`. */
export function isOfConstants(member: MemberExpression): boolean {
  const owner = lastName(member.object) ?? ''
  return /^[A-Z]/.test(owner) && !VALUE_OWNERS.has(wordsOf(owner).at(-1) ?? '')
}

/** Whether `member` is a constant of an enumeration, going by its capital letters: `ErrorCode.INVALID_PASSWORD`. */
export function isEnumMember(member: MemberExpression): boolean {
  return isOfConstants(member) && /^[A-Z]/.test(memberKey(member) ?? '')
}
