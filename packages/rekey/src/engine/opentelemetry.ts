/**
 * Spans of OpenTelemetry for rotations: one for each, with a child for each step.
 *
 * @module
 */
import {
  type Attributes,
  context,
  propagation,
  trace,
  type TracerProvider,
} from '@opentelemetry/api'
import type { RotationKind } from '@rekey/secret/kind'
import { failSpan, resultAttributes } from './opentelemetry/span-attributes.ts'
import { StepSpans } from './opentelemetry/step-spans.ts'
import type { RotationEvent } from '../journal/journal.ts'
import type { RotationOptions } from './rotation-options.ts'

/** Options of {@link withSpans}. */
export interface SpanOptions {
  /** Default: the provider that is registered with `@opentelemetry/api`, or none. */
  readonly tracerProvider?: TracerProvider
  /** Set on the span of each rotation beside those of its own. Default: none. */
  readonly attributes?: Attributes
}

/** The options of a rotation that spans need. */
type Traced = Pick<RotationOptions, 'onEvent'> & { readonly compromised?: boolean }

/**
 * Makes of `rotate`, `rollBack` or `sweepOrphans` a function that does the same within a span: a child of the span that is active, and the
 * parent of one span for each step, made from the events that `onEvent` gets. A span has names, versions, codes and the addresses of replicas,
 * never a value. Without a registered SDK there is no span.
 *
 * @param name the span is called `rekey.NAME`, and those of its steps `rekey.NAME.STEP`
 *
 * @example
 * ```ts
 * const rotateTraced = withSpans('rotate', rotate)
 * await rotateTraced(kind, { store, journal })
 * ```
 */
export function withSpans<Options extends Traced, Result extends object>(
  name: string,
  work: (kind: RotationKind, options: Options) => Promise<Result>,
  { tracerProvider = trace.getTracerProvider(), attributes = {} }: SpanOptions = {},
): (kind: RotationKind, options: Options) => Promise<Result> {
  const tracer = tracerProvider.getTracer('@rekey/rekey')
  return (kind, options) => {
    const { onEvent, compromised = false } = options
    const own = {
      'rekey.secret.name': kind.name,
      'rekey.secret.kind': kind.kind,
      'rekey.compromised': compromised,
    }
    const named = { attributes: { ...attributes, ...own } }
    return tracer.startActiveSpan(`rekey.${name}`, named, async (span) => {
      const steps = new StepSpans(tracer, `rekey.${name}`, trace.setSpan(context.active(), span))
      const note = async (event: RotationEvent) => {
        steps.note(event)
        await onEvent?.(event)
      }
      try {
        const result = await work(kind, { ...options, onEvent: note })
        steps.end(undefined)
        span.setAttributes(resultAttributes(result))
        return result
      } catch (error) {
        steps.end(error)
        failSpan(span, error)
        throw error
      } finally {
        span.end()
      }
    })
  }
}

/**
 * Does `work` with the span as its parent that the environment names in `TRACEPARENT` and `TRACESTATE`, as a job of CI sets them for what it
 * runs; without them, or where they are malformed, as it is.
 *
 * Source: [OpenTelemetry, Environment Variables as Context Propagation Carriers](https://opentelemetry.io/docs/specs/otel/context/env-carriers/).
 *
 * @param env the environment of the process
 */
export function withParentOf<Result>(
  env: Readonly<Record<string, string | undefined>>,
  work: () => Result,
): Result {
  const { TRACEPARENT: traceparent, TRACESTATE: tracestate } = env
  const parent = propagation.extract(context.active(), { traceparent, tracestate })
  return context.with(parent, work)
}
