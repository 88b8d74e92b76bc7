import * as Sentry from '@sentry/node'
Sentry.setExtra('env', process.env)
