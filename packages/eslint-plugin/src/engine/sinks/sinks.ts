import type { Output } from '../../models/shows.ts'
import {
  everyName,
  type NamePolicy,
  namesInErrors,
  namesInResponses,
  namesOnPages,
  namesInUrls,
} from '../naming/name-policy.ts'
import type { SourceCode } from '../syntax/nodes.ts'
import { visited } from '../visits.ts'
import { errorMade } from './error-sinks.ts'
import { leaveOutErrors } from './errors.ts'
import { resultSent } from './handlers.ts'
import { valuesRendered } from './markup-sinks.ts'
import { VALUE } from './shown-attributes.ts'
import { type Sink, SINK_TYPES, type SinkContext, type SinkNode } from './sink.ts'
import { sinkByRows } from './sink-rows.ts'

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
