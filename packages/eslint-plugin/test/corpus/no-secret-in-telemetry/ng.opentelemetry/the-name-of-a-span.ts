import { secret } from '../../secret.ts'
import { trace } from '@opentelemetry/api'
export const work = trace.getTracer('signing').startSpan(`sign with ${secret.expose()}`)
