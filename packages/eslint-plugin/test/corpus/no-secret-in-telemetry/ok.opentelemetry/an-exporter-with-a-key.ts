import { secret } from '../../secret.ts'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
export const exporter = new OTLPTraceExporter({
  url: 'https://example.com',
  headers: { 'x-api-key': secret.expose() },
})
