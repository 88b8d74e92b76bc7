import { env as environment } from 'process'

export const dsn = environment['SENTRY_DSN']
