import { secret } from '../../secret.ts'
import { trace } from '@opentelemetry/api'
const tracer = trace.getTracer('frontend')
function traced<T>(name: string, attributes: Record<string, string>, work: () => Promise<T>) {
  return tracer.startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work()
    } finally {
      span.end()
    }
  })
}
await traced('sign', { key: secret.expose() }, async () => 1)
