import { secret } from '../../secret.ts'
import { metrics } from '@opentelemetry/api'
const meter = metrics.getMeter('auth')
const duration = meter.createHistogram('duration')
export const record = (ms: number) => duration.record(ms, { login: secret.expose() })
