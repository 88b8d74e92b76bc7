import type { ByType, Node } from '../syntax/nodes.ts'

const CHOICES: ByType<readonly Node[] | undefined> = {
  AwaitExpression: ({ argument }) => [argument],
  SpreadElement: ({ argument }) => [argument],
  ConditionalExpression: ({ consequent, alternate }) => [consequent, alternate],
  // What is before `&&` is the value only where it is empty.
  LogicalExpression: ({ operator, left, right }) => (operator === '&&' ? [right] : [left, right]),
  SequenceExpression: ({ expressions }) => expressions.slice(-1),
  AssignmentExpression: ({ operator, left, right }) => (operator === '=' ? [right] : [left, right]),
}

/** The expressions of which `node` is one, whichever it comes to; undefined if it is a value of its own. */
export function choicesOf(node: Node): readonly Node[] | undefined {
  const choose = CHOICES[node.type] as ((node: Node) => readonly Node[] | undefined) | undefined
  return choose?.(node)
}
