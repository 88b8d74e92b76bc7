import type { TSESTree } from '@typescript-eslint/utils'
import type { Node } from '../syntax/nodes.ts'
import type { LocalCode } from '../code/local-code.ts'
import { pathOf } from '../syntax/paths.ts'
import { descend, isFunction } from '../syntax/syntax.ts'

/** Functions that end the process. */
const EXITS = /^process\.(?:exit|abort|reallyExit)$|^Deno\.exit$/

/** Functions of functions of functions that exit: the search ends at this depth. */
const MAX_CALLS = 3

/** Whether nothing after `node` runs in its function: it throws, returns, or ends the process. */
export function endsAbruptly(node: Node, code: LocalCode, calls = 0): boolean {
  switch (node.type) {
    case 'BlockStatement':
      return node.body.some((statement) => endsAbruptly(statement, code, calls))
    case 'ExpressionStatement':
      return endsAbruptly(node.expression, code, calls)
    case 'AwaitExpression':
      return endsAbruptly(node.argument, code, calls)
    case 'CallExpression':
      return exits(node.callee, code, calls)
    default:
      return node.type === 'ThrowStatement' || node.type === 'ReturnStatement'
  }
}

/** Whether a promise with that handler of failures does not go on after one: `.catch(process.exit)`. */
export function isAbruptHandler(handler: Node, code: LocalCode): boolean {
  return exits(handler, code, 0)
}

/** Whether calling `callee` throws or ends the process. */
function exits(callee: Node, code: LocalCode, calls: number): boolean {
  if (EXITS.test(pathOf(callee, code.source) ?? '')) return true
  const owner = code.functionOf(callee)
  if (owner === undefined || calls > MAX_CALLS) return false
  const { body } = owner
  const statements = body.type === 'BlockStatement' ? body.body : [body]
  for (const statement of statements) {
    if (mayReturn(statement, code)) return false
    if (endsAbruptly(statement, code, calls + 1)) return true
  }
  return false
}

/** Whether a function may be left at `statement` with nothing to show for it. */
export function mayReturnEarly(statement: Node, code: LocalCode): boolean {
  return returnsIn(statement, code).some(
    ({ argument }) =>
      argument === null ||
      argument.type === 'Literal' ||
      (argument.type === 'Identifier' && argument.name === 'undefined'),
  )
}

function mayReturn(statement: Node, code: LocalCode): boolean {
  return returnsIn(statement, code).length > 0
}

function returnsIn(statement: Node, { source }: LocalCode): TSESTree.ReturnStatement[] {
  const nodes = [...descend(statement, source.visitorKeys, (node) => !isFunction(node))]
  return nodes.filter((node) => node.type === 'ReturnStatement')
}

/** The `break` statements that leave the loop of that body. */
export function breaksIn(body: Node, { source }: LocalCode): TSESTree.BreakStatement[] {
  const nodes = [...descend(body, source.visitorKeys, (node) => !HAS_OWN_BREAKS.has(node.type))]
  return nodes.filter((node) => node.type === 'BreakStatement')
}

const HAS_OWN_BREAKS: ReadonlySet<string> = new Set([
  'ForStatement',
  'ForInStatement',
  'ForOfStatement',
  'WhileStatement',
  'DoWhileStatement',
  'SwitchStatement',
  'ArrowFunctionExpression',
  'FunctionDeclaration',
  'FunctionExpression',
])
