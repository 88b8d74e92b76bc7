import * as Sentry from '@sentry/node'
export const tag = (tokenHash: string) => Sentry.setTag('token_hash', tokenHash)
