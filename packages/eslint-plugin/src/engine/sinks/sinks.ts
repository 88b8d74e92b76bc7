import type { Output } from '../../models/shows.ts'
import {
  everyName,
  type NamePolicy,
  namesInErrors,
  namesInResponses,
  namesInUrls,
  namesOnPages,
} from '../naming/name-policy.ts'
import type { CallExpression, NewExpression, Node, SourceCode } from '../syntax/nodes.ts'
import { visited } from '../visits.ts'
import { isError, isErrorClass, isErrorFunction, leaveOutErrors, makesError } from './errors.ts'
import { resultSent } from './handlers.ts'
import { kindsShown, VALUE } from './shown-attributes.ts'
import { type Sink, SINK_TYPES, type SinkContext, type SinkNode } from './sink.ts'
import { sinkByRows } from './sink-rows.ts'
import type { TSESTree } from '@typescript-eslint/utils'
import {
  attributeName,
  attributeText,
  elementName,
  isPageElement,
  markupValue,
} from '../syntax/markup.ts'
import { templateSinks } from './template-sinks.ts'
import { constantValue, variableOf } from '../syntax/constants.ts'
import { parameterOf } from '../syntax/origins.ts'
import { describe, pathOf } from '../syntax/paths.ts'
import { enclosing, isClass, memberKey, unwrap } from '../syntax/syntax.ts'

interface OutputKind {
  /** Which secret names count here. */
  readonly names: NamePolicy
  /** Finds sinks that no row of the models can describe. */
  readonly further?: (node: SinkNode, context: SinkContext) => Sink | readonly Sink[] | undefined
  /** Whether errors that it is given are left out: one that is made on the way is a sink itself. */
  readonly withoutErrors?: boolean
  /** The kinds of leak that count where a row describes the sink; all by default. */
  readonly kinds?: Sink['kinds']
  /** The output of which it is a part: what reaches both is reported once. */
  readonly partOf?: Output
}

/** The outputs and how each is recognised. An assertion is apart from other errors, since in a test it shows what was made for the test. */
const KINDS: Readonly<Record<Output, OutputKind>> = {
  log: { names: everyName },
  error: { names: namesInErrors, further: errorMade, withoutErrors: true },
  assertion: { names: namesInErrors, withoutErrors: true },
  response: { names: namesInResponses, further: resultSent },
  page: { names: namesOnPages, further: valuesRendered, kinds: VALUE, partOf: 'response' },
  telemetry: { names: everyName },
  argv: { names: everyName },
  url: { names: namesInUrls },
  storage: { names: everyName },
}

/** All outputs. */
export const OUTPUTS = Object.keys(KINDS) as Output[]

/** Which secret names count in `output`. */
export const namesIn = (output: Output): NamePolicy => KINDS[output].names

/** Whether what leaves to one of the two outputs leaves to the other, too. */
export function isPartOf(one: Output, other: Output): boolean {
  return (KINDS[one].partOf ?? one) === (KINDS[other].partOf ?? other)
}

function sinksAt(output: Output, node: SinkNode, context: SinkContext): readonly Sink[] {
  const { further, withoutErrors = false, kinds } = KINDS[output]
  const own = [further?.(node, context) ?? []].flat()
  const byRow = own.length > 0 ? undefined : sinkByRows(output, node, context)
  const sinks = byRow === undefined ? own : [kinds === undefined ? byRow : { ...byRow, kinds }]
  return withoutErrors ? sinks.map((sink) => leaveOutErrors(sink, context)) : sinks
}

/** Whether some value leaves the program by `node`. */
export function isSink(node: SinkNode, context: SinkContext): boolean {
  return OUTPUTS.some((output) =>
    sinksAt(output, node, context).some(({ given }) => given.length > 0),
  )
}

const FOUND = new WeakMap<SourceCode, Map<string, readonly Sink[]>>()

/** The sinks to `output` in a file that was visited. Found once for all rules that ask with the same loggers. */
export function sinksOf(output: Output, context: SinkContext): readonly Sink[] {
  const { source, loggers } = context
  const found = FOUND.get(source) ?? new Map<string, readonly Sink[]>()
  FOUND.set(source, found)
  const question = [output, ...[...loggers].sort()].join('\n')
  const known =
    found.get(question) ??
    visited(source, ...SINK_TYPES).flatMap((node) => sinksAt(output, node, context))
  found.set(question, known)
  return known
}

/** The values that a page shows in an element of JSX: `<p>{x}</p>`, `<a href={x}>`, `<p {...x}>`; of a program, those in its template. */
function valuesRendered(
  node: SinkNode,
  { source }: SinkContext,
): Sink | readonly Sink[] | undefined {
  if (node.type === 'Program') return templateSinks(source)
  if (node.type !== 'JSXExpressionContainer' && node.type !== 'JSXSpreadAttribute') return undefined
  const { parent } = node
  if (node.type === 'JSXSpreadAttribute') {
    return parent.type === 'JSXOpeningElement'
      ? { node, name: `<${tagOf(parent)}>`, given: [node.argument], kinds: VALUE }
      : undefined
  }
  const value = markupValue(node)
  if (value === undefined) return undefined
  if (parent.type === 'JSXAttribute') return attribute(node, value, parent)
  if (parent.type !== 'JSXElement' && parent.type !== 'JSXFragment') return undefined
  return { node, name: `<${elementName(parent)}>`, given: [value] }
}

function attribute(node: Node, value: Node, of: TSESTree.JSXAttribute): Sink | undefined {
  const key = attributeName(of)
  const tag = tagOf(of.parent)
  const type = attributeText(of.parent, 'type')
  const kinds = kindsShown({ tag, key, isPage: isPageElement(tag), type })
  return kinds && { node, name: `<${tag} ${key}>`, given: [value], kinds }
}

function tagOf({ parent }: TSESTree.JSXOpeningElement): string {
  return elementName(parent)
}

/** The error that `node` makes, throws, rejects with or changes: it gets wherever errors are printed, sent and kept. */
function errorMade(node: SinkNode, context: SinkContext): Sink | undefined {
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
