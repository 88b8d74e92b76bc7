import type { TSESTree } from '@typescript-eslint/utils'
import type { LocalCode } from '../code/local-code.ts'
import { perFile } from '../per-file.ts'
import type { CallExpression, Node } from '../syntax/nodes.ts'
import { type FunctionNode, memberKey, unwrap } from '../syntax/syntax.ts'
import type { Keys, Place } from './access-path.ts'

/** The function that a call runs, and what it is given, also through `call`, `apply` and `bind`. */
export const calledBy = perFile(
  (call: CallExpression): readonly [callee: Node, given: readonly Node[]] => {
    const callee = unwrap(call.callee)
    const [, ...given] = call.arguments
    if (callee.type === 'CallExpression') {
      const [bound, before] = throughMethod(callee, 'bind') ?? [call.callee, []]
      return [bound, [...before, ...call.arguments]]
    }
    const called = throughMethod(call, 'call')
    if (called !== undefined) return called
    const applied = throughMethod(call, 'apply')
    const list = applied && given[0]
    if (list?.type !== 'ArrayExpression') return [call.callee, call.arguments]
    return [applied?.[0] ?? call.callee, list.elements.filter((each) => each !== null)]
  },
)

/** `f` and the arguments after the first one of `f.method(…)`. */
function throughMethod(call: CallExpression, method: string): [Node, readonly Node[]] | undefined {
  const callee = unwrap(call.callee)
  const isThrough = callee.type === 'MemberExpression' && memberKey(callee) === method
  return isThrough ? [callee.object, call.arguments.slice(1)] : undefined
}

/** The arguments of the tag of a template: the texts, and then the values. */
export const givenByTag = perFile(
  ({ quasis, expressions }: TSESTree.TemplateLiteral): readonly Node[] => [
    ...quasis.slice(0, 1),
    ...expressions,
  ],
)

/** Where the value at `keys` of what `owner` gives back lies. A generator gives the elements of its result. */
export function placesInResults(owner: FunctionNode, keys: Keys, code: LocalCode): Place[] {
  return code.returnsOf(owner).map((node) => ({
    node,
    keys: owner.generator && !delegates(node) ? keys.slice(1) : keys,
  }))
}

function delegates({ parent }: Node): boolean {
  return parent?.type === 'YieldExpression' && parent.delegate
}
