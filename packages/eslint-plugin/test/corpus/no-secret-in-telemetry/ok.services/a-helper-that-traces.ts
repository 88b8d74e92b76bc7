import { secret } from '../../secret.ts'
import { trace } from '@opentelemetry/api'
const tracer = trace.getTracer('frontend')
declare function sign(key: string): Promise<string>
export const run = () =>
  tracer.startActiveSpan('sign', { attributes: { key: secret.label } }, async (span) => {
    await sign(secret.expose())
    span.end()
  })
