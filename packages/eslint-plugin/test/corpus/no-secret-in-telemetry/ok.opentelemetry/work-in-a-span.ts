import { secret } from '../../secret.ts'
import { trace } from '@opentelemetry/api'
declare function sign(key: string): Promise<string>
export const run = () =>
  trace.getTracer('signing').startActiveSpan('sign', async (span) => {
    const signature = await sign(secret.expose())
    span.setAttribute('signature.length', signature.length)
    span.end()
    return signature
  })
