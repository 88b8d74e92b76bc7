import { secret } from '../../secret.ts'
import { trace } from '@opentelemetry/api'
const tracer = trace.getTracer('signing')
export const sign = () =>
  tracer.startActiveSpan('sign', (span) => {
    span.setAttributes({ 'app.version': 1, 'app.key': secret.expose() })
    span.end()
  })
