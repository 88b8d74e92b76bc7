import { secret } from '../../secret.ts'
import { trace } from '@opentelemetry/api'
trace.getActiveSpan()?.setAttribute('app.key', secret.label)
