import { context, propagation, trace } from '@opentelemetry/api'
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node'
import { afterAll, afterEach } from 'vitest'

/** Registers a provider for the tests of one file, and keeps the spans of each. */
export function recordSpans() {
  const exporter = new InMemorySpanExporter()
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  provider.register()
  afterEach(() => {
    exporter.reset()
  })
  // Other files share this process: none may find an SDK, nor what is left of one.
  afterAll(() => {
    for (const api of [trace, context, propagation]) api.disable()
    Reflect.deleteProperty(globalThis, Symbol.for('opentelemetry.js.api.1'))
  })
  const spans = () => exporter.getFinishedSpans()
  const spanOf = (name: string) => spans().find((span) => span.name === name)
  return { provider, spans, spanOf }
}
