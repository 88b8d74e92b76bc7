import { secret } from '../../secret.ts'
import { SpanStatusCode, trace } from '@opentelemetry/api'
const current = trace.getActiveSpan()
current?.setStatus({ code: SpanStatusCode.ERROR, message: `refused ${secret.expose()}` })
