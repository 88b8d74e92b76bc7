import { secret } from '../../secret.ts'
import * as Sentry from '@sentry/browser'
export const report = (error: unknown) =>
  Sentry.captureException(error, { extra: { key: secret.expose() }, tags: { area: 'auth' } })
