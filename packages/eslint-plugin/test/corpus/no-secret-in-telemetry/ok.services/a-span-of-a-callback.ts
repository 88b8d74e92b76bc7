import { secret } from '../../secret.ts'
import { trace } from '@opentelemetry/api'
declare function sign(key: string): string
export const run = () =>
  trace.getTracer('signing').startActiveSpan('sign', (active) => {
    const signature = sign(secret.expose())
    active.setAttribute('signature', signature)
    active.end()
  })
