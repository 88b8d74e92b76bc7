import { AST_NODE_TYPES, type TSESTree } from '@typescript-eslint/utils'
import type { LocalCode } from '../code/local-code.ts'
import { pathOf } from '../syntax/paths.ts'
import { descend, isFunction } from '../syntax/syntax.ts'

/** Functions that end the process. */
const EXITS = /^process\.(?:exit|abort|reallyExit)$|^Deno\.exit$/

/** Functions of functions of functions that exit: the search ends at this depth. */
const MAX_CALLS = 3

/** Whether nothing after `node` runs in its function: it throws, returns, or ends the process. */
export function endsAbruptly(node: TSESTree.Node, code: LocalCode, calls = 0): boolean {
  switch (node.type) {
    case AST_NODE_TYPES.BlockStatement:
      return node.body.some((statement) => endsAbruptly(statement, code, calls))
    case AST_NODE_TYPES.ExpressionStatement:
      return endsAbruptly(node.expression, code, calls)
    case AST_NODE_TYPES.AwaitExpression:
      return endsAbruptly(node.argument, code, calls)
    case AST_NODE_TYPES.CallExpression:
      return exits(node.callee, code, calls)
    default:
      return (
        node.type === AST_NODE_TYPES.ThrowStatement || node.type === AST_NODE_TYPES.ReturnStatement
      )
  }
}

/** Whether a promise with that handler of failures does not go on after one: `.catch(process.exit)`. */
export function isAbruptHandler(handler: TSESTree.Node, code: LocalCode): boolean {
  return exits(handler, code, 0)
}

/** Whether calling `callee` throws or ends the process. */
function exits(callee: TSESTree.Node, code: LocalCode, calls: number): boolean {
  if (EXITS.test(pathOf(callee, code.source) ?? '')) return true
  const owner = code.functionOf(callee)
  if (owner === undefined || calls > MAX_CALLS) return false
  const { body } = owner
  const statements = body.type === AST_NODE_TYPES.BlockStatement ? body.body : [body]
  for (const statement of statements) {
    if (mayReturn(statement, code)) return false
    if (endsAbruptly(statement, code, calls + 1)) return true
  }
  return false
}

/** Whether a function may be left at `statement` with nothing to show for it. */
export function mayReturnEarly(statement: TSESTree.Node, code: LocalCode): boolean {
  return returnsIn(statement, code).some(
    ({ argument }) =>
      argument === null ||
      argument.type === AST_NODE_TYPES.Literal ||
      (argument.type === AST_NODE_TYPES.Identifier && argument.name === 'undefined'),
  )
}

function mayReturn(statement: TSESTree.Node, code: LocalCode): boolean {
  return returnsIn(statement, code).length > 0
}

function returnsIn(statement: TSESTree.Node, { source }: LocalCode): TSESTree.ReturnStatement[] {
  const nodes = [...descend(statement, source.visitorKeys, (node) => !isFunction(node))]
  return nodes.filter((node) => node.type === AST_NODE_TYPES.ReturnStatement)
}

/** The `break` statements that leave the loop of that body. */
export function breaksIn(body: TSESTree.Node, { source }: LocalCode): TSESTree.BreakStatement[] {
  const nodes = [...descend(body, source.visitorKeys, (node) => !HAS_OWN_BREAKS.has(node.type))]
  return nodes.filter((node) => node.type === AST_NODE_TYPES.BreakStatement)
}

const HAS_OWN_BREAKS: ReadonlySet<string> = new Set([
  AST_NODE_TYPES.ForStatement,
  AST_NODE_TYPES.ForInStatement,
  AST_NODE_TYPES.ForOfStatement,
  AST_NODE_TYPES.WhileStatement,
  AST_NODE_TYPES.DoWhileStatement,
  AST_NODE_TYPES.SwitchStatement,
  AST_NODE_TYPES.ArrowFunctionExpression,
  AST_NODE_TYPES.FunctionDeclaration,
  AST_NODE_TYPES.FunctionExpression,
])
