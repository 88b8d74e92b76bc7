import { isPick } from '../graph/steps.ts'
import { provenanceOf } from '../graph/walks.ts'
import type { LocalCode } from '../code/local-code.ts'
import { codeOf } from '../code/code-of.ts'
import { wordsOf } from '../naming/names.ts'
import { perFile } from '../per-file.ts'
import { lastName } from '../syntax/paths.ts'
import type { MemberExpression, Node } from '../syntax/nodes.ts'
import { descend, type FunctionNode, unwrap } from '../syntax/syntax.ts'

/** Words for secrets so short that each character of them helps to guess the rest; a few of a random text do not. */
const SHORT_SECRETS = /^(?:pass(?:word|wd)?|pwd|pin|otp|passcode)$/

/** Whether `member` is a character of what is called a password: `password[0]`. */
export function isPartOfPassword(member: MemberExpression): boolean {
  return isPick(member) && isShortSecret(member.object)
}

/** Whether a function shows single characters of a password: `${password[0]}***`. */
export const showsPartOfPassword = perFile((owner: FunctionNode, source): boolean => {
  for (const node of descend(owner.body, source.visitorKeys)) {
    const isPart = node.type === 'MemberExpression' && isPick(node)
    if (isPart && isShown(node) && isOfPassword(node.object, codeOf(source))) return true
  }
  return false
})

/** Whether `node` is filled into a text. */
function isShown({ parent }: Node): boolean {
  return (
    parent?.type === 'TemplateLiteral' ||
    (parent?.type === 'BinaryExpression' && parent.operator === '+')
  )
}

function isOfPassword(node: Node, code: LocalCode): boolean {
  for (const part of provenanceOf(unwrap(node), code)) {
    if (isShortSecret(part)) return true
  }
  return false
}

function isShortSecret(node: Node): boolean {
  return SHORT_SECRETS.test(wordsOf(lastName(node) ?? '').at(-1) ?? '')
}
