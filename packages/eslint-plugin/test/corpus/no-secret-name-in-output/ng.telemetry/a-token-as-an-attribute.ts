import { trace } from '@opentelemetry/api'
export const mark = (token: string) => trace.getActiveSpan()?.setAttribute('auth.token', token)
