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
  // Other files share this process, and a provider is registered only where none is.
  afterAll(() => {
    for (const api of [trace, context, propagation]) api.disable()
  })
  const spans = () => exporter.getFinishedSpans()
  const spanOf = (name: string) => spans().find((span) => span.name === name)
  return { provider, spans, spanOf }
}
