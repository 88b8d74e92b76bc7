import { secret } from '../../secret.ts'
import { metrics } from '@opentelemetry/api'
const seen = new Set<string>()
const logins = metrics.getMeter('auth').createCounter('logins')
if (!seen.has(secret.expose())) logins.add(1)
seen.add(secret.expose())
