import { secret } from '../../secret.ts'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
export const http = new HttpInstrumentation({
  requestHook: (span) => {
    span.setAttribute('http.request.header.x_api_key', secret.expose())
  },
})
