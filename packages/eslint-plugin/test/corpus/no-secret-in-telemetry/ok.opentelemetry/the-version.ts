import type { SecretVersion } from '../../secret.ts'
import type { Span } from '@opentelemetry/api'
export const mark = (span: Span, { version }: SecretVersion) =>
  span.setAttributes({ 'secret.version': version })
