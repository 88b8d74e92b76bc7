import type { MiddlewareHandler } from 'hono'
import { admit, type ApiKeyAuthOptions } from './admit.ts'
import type { Verified } from './verdict.ts'

export type { ApiKeyAuthOptions, AuthEvent } from './admit.ts'

/**
 * Middleware that lets in requests with an accepted key, and sets `caller`: `app.use(apiKeyAuth({ keyring }))`, then
 * `c.get('caller')`. All other requests get a 401. A header that was sent twice arrives here as one with a comma in it,
 * which is no key.
 */
export function apiKeyAuth(
  options: ApiKeyAuthOptions,
): MiddlewareHandler<{ Variables: { caller: Verified } }> {
  return async (context, next) => {
    const outcome = admit(options, context.req.header('authorization'))
    if (outcome.ok) {
      context.set('caller', outcome)
      await next()
      return
    }
    const { status, headers, body } = outcome.response
    return context.body(body, status, headers)
  }
}
