import { secret } from '../../secret.ts'
import * as Sentry from '@sentry/node'
Sentry.init({ dsn: secret.expose(), tracesSampleRate: 0.1 })
