import { secret } from '../../secret.ts'
import type { Span } from '@opentelemetry/api'
export function mark(span: Span) {
  span.addEvent('rotated', { from: secret.expose() })
}
