import { secret } from '../../secret.ts'
import * as Sentry from '@sentry/node'
Sentry.withScope((scope) => {
  scope.setTag('area', 'auth')
  scope.setExtra('key', secret.expose())
  Sentry.captureMessage('refused')
})
