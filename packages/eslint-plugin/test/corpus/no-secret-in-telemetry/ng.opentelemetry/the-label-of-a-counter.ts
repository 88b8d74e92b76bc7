import { secret } from '../../secret.ts'
import { metrics } from '@opentelemetry/api'
const logins = metrics.getMeter('auth').createCounter('logins')
logins.add(1, { key: secret.expose() })
