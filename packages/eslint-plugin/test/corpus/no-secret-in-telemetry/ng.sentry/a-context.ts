import { secret } from '../../secret.ts'
import * as Sentry from '@sentry/node'
Sentry.setContext('request', { headers: { authorization: `Bearer ${secret.expose()}` } })
