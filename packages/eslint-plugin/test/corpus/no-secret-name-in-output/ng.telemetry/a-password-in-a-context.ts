import * as Sentry from '@sentry/node'
export const report = (login: { user: string; password: string }) =>
  Sentry.setContext('login', { user: login.user, password: login.password })
