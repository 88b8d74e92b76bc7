import { secret } from '../../secret.ts'
import { trace } from '@opentelemetry/api'
export const run = (work: () => void) =>
  trace.getTracer('signing').startActiveSpan('sign', (active) => {
    active.setAttribute('key', secret.expose())
    work()
    active.end()
  })
