import { secret } from '../../secret.ts'
import { metrics } from '@opentelemetry/api'
const lengths = metrics.getMeter('auth').createHistogram('lengths')
lengths.record(secret.expose().length, { key: secret.label })
