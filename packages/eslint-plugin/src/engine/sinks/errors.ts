import type { CallExpression, Node } from '../syntax/nodes.ts'
import { constantValue } from '../syntax/constants.ts'
import { lastName, pathOf } from '../syntax/paths.ts'
import { type ClassNode, unwrap } from '../syntax/syntax.ts'
import type { Sink, SinkContext } from './sink.ts'

const ERROR_CLASS = /(?:Error|Exception)$/

/** Variables and parameters that hold an error, as they are mostly called. */
const ERROR_NAME = /^(?:e|ex)$|[eE]rr(?:or)?$|[eE]xception$/

/** Functions that give what a function gives that makes an error: the search ends at this depth. */
const MAX_HOPS = 2

/** Functions that make an error, by their path. */
const MAKES_ERROR = new RegExp(
  [
    'Error|\\w+Error|DOMException',
    'http-errors(?:\\.\\w+)?|@hapi/boom(?:\\.Boom)?\\.\\w+|.*\\bhttpErrors\\.\\w+',
    '(?:.*\\.)?(?:create|make|build|new|wrap)\\w*(?:Error|Exception)',
  ]
    .map((path) => `^(?:${path})$`)
    .join('|'),
)

/** Whether `node` makes an error: `new Error('…')`, `createError(403)`. What is thrown at once is an error, whatever its class. */
export function makesError(node: Node, context: SinkContext, hops = 0): boolean {
  const { code, source } = context
  if (node.type === 'CallExpression') {
    if (isErrorFunction(node, context)) return true
    const owner = hops < MAX_HOPS ? code.functionOf(node.callee) : undefined
    const results = owner === undefined ? [] : code.returnsOf(owner)
    return results.some((result) => makesError(unwrap(result), context, hops + 1))
  }
  if (node.type !== 'NewExpression') return false
  return (
    node.parent.type === 'ThrowStatement' ||
    ERROR_CLASS.test(lastName(node.callee) ?? '') ||
    MAKES_ERROR.test(pathOf(node.callee, source) ?? '') ||
    isErrorClass(code.constructed(node), context)
  )
}

/** `sink` without the errors that it is given: one that is made on the way is a sink itself. */
export function leaveOutErrors(sink: Sink, context: SinkContext): Sink {
  const given = sink.given.filter(
    (each) => !makesError(constantValue(each, context.source), context),
  )
  return { ...sink, given }
}

/** Whether `call` is of a function that is known to make an error of what it is given. */
export function isErrorFunction({ callee }: CallExpression, { source }: SinkContext): boolean {
  return MAKES_ERROR.test(pathOf(callee, source) ?? '')
}

/** Whether `owner` extends an error class. */
export function isErrorClass(owner: ClassNode | undefined, { code }: SinkContext): boolean {
  return code
    .lineageOf(owner)
    .some(({ superClass }) => superClass !== null && ERROR_CLASS.test(lastName(superClass) ?? ''))
}

/** Whether `node` is an error that was made or caught before. */
export function isError(node: Node, context: SinkContext): boolean {
  const bare = unwrap(node)
  if (bare.type === 'ThisExpression') return isErrorClass(context.code.classOf(bare), context)
  const isName = bare.type === 'Identifier' && ERROR_NAME.test(bare.name)
  return isName || makesError(constantValue(bare, context.source), context)
}
