import { secret } from '../../secret.ts'
import { trace } from '@opentelemetry/api'
const span = trace.getActiveSpan()
span?.setAttribute('app.key', secret.expose())
