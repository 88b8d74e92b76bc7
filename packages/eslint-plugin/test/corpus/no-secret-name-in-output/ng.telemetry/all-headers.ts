import * as Sentry from '@sentry/nextjs'
export function onRequestError(error: unknown, request: Request) {
  Sentry.setContext('request', { headers: Object.fromEntries(request.headers) })
  Sentry.captureException(error)
}
