import type { TSESTree } from '@typescript-eslint/utils'
import type { CallExpression, NewExpression, Node } from '../syntax/nodes.ts'
import { constantValue, variableOf } from '../syntax/constants.ts'
import { parameterOf } from '../syntax/origins.ts'
import { describe, pathOf } from '../syntax/paths.ts'
import { enclosing, isClass, memberKey, unwrap } from '../syntax/syntax.ts'
import { isError, isErrorClass, isErrorFunction, makesError } from './errors.ts'
import type { Sink, SinkContext, SinkNode } from './sink.ts'

/** The error that `node` makes, throws, rejects with or changes: it gets wherever errors are printed, sent and kept. */
export function errorMade(node: SinkNode, context: SinkContext): Sink | undefined {
  switch (node.type) {
    case 'NewExpression':
      return makesError(node, context) ? making(node, context) : undefined
    case 'CallExpression':
      return calling(node, context)
    case 'ThrowStatement':
      return isPassedOn(node.argument, context)
        ? undefined
        : { node, name: 'throw', given: [node.argument] }
    case 'AssignmentExpression':
      return assigning(node, context)
    default:
      return undefined
  }
}

/** A class of the file may show less of an error than it is given. */
function making(node: NewExpression, { code }: SinkContext): Sink {
  const sink = { node, name: `new ${describe(node.callee)}`, given: node.arguments }
  return code.constructed(node) === undefined ? sink : { ...sink, whole: node }
}

/** Whether a caught or given value is thrown on; its creation was checked where it was made. An object of the file was not. */
function isPassedOn(thrown: Node, { source }: SinkContext): boolean {
  const { type } = unwrap(thrown)
  const isName = type === 'Identifier' || type === 'MemberExpression'
  return isName && constantValue(thrown, source).type !== 'ObjectExpression'
}

function calling(call: CallExpression, context: SinkContext): Sink | undefined {
  const name = describe(call.callee)
  const all = { node: call, name, given: call.arguments }
  if (isErrorFunction(call, context) || isRejection(call.callee, context)) return all
  if (call.callee.type === 'Super') {
    return isErrorClass(enclosing(call, isClass), context) ? { ...all, name: 'super' } : undefined
  }
  const [target, ...given] = call.arguments
  if (pathOf(call.callee, context.source) === 'Object.assign') {
    const isOfError = target !== undefined && isError(target, context)
    return isOfError ? { node: call, name, given } : undefined
  }
  return undefined
}

/** The `reject` of `new Promise((resolve, reject) => …)`, or the `next` of `(request, response, next) => …`. */
function isRejection(callee: Node, { source }: SinkContext): boolean {
  if (callee.type !== 'Identifier') return false
  const variable = variableOf(callee, source)
  const parameter = variable && parameterOf(variable)
  if (parameter === undefined) return false
  const { owner, index, keys } = parameter
  if (keys.length > 0) return false
  const around = owner.parent
  const isExecutor = around.type === 'NewExpression' && pathOf(around.callee, source) === 'Promise'
  return isExecutor ? index === 1 : callee.name === 'next' && index >= 2
}

/** `error.message = …` */
function assigning(
  assignment: TSESTree.AssignmentExpression,
  context: SinkContext,
): Sink | undefined {
  const { left, right } = assignment
  if (left.type !== 'MemberExpression') return undefined
  if (memberKey(left)?.startsWith('#') === true || !isError(left.object, context)) return undefined
  return { node: assignment, name: describe(left), given: [right] }
}
