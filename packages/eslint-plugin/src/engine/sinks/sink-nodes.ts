import type { SourceCode } from '../syntax/nodes.ts'
import { visited } from '../visits.ts'
import { type Sink, SINK_TYPES, type SinkContext, type SinkFamily } from './sink.ts'

type ByQuestion = Map<string, readonly Sink[]>

const FOUND = new WeakMap<SourceCode, Map<SinkFamily, ByQuestion>>()

/** The sinks of `family` in a file that was visited. Found once for all rules that ask with the same loggers. */
export function sinksOf(family: SinkFamily, context: SinkContext): readonly Sink[] {
  const families = FOUND.get(context.source) ?? new Map<SinkFamily, ByQuestion>()
  const known: ByQuestion = families.get(family) ?? new Map<string, readonly Sink[]>()
  FOUND.set(context.source, families.set(family, known))
  const question = [...context.loggers].sort().join('\n')
  const sinks = known.get(question) ?? findSinks(family, context)
  known.set(question, sinks)
  return sinks
}

function findSinks(family: SinkFamily, context: SinkContext): Sink[] {
  return visited(context.source, ...SINK_TYPES).flatMap((node) => family.find(node, context) ?? [])
}
