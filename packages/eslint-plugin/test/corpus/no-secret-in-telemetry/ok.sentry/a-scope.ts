import { secret } from '../../secret.ts'
import * as Sentry from '@sentry/node'
Sentry.withScope((scope) => {
  scope.setExtra('characters', secret.expose().length)
  scope.setContext('key', { label: secret.label })
})
