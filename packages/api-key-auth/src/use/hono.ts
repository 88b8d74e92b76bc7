/**
 * Puts a Hono application behind API keys.
 *
 * @module
 */
import type { Context, MiddlewareHandler } from 'hono'
import { type ApiKeyAuthOptions, createAdmission } from './admit.ts'
import { isKeyProof, KEY_PROOF_ANSWER } from './key-proof.ts'
import type { Verified } from './verdict.ts'

export type { ApiKeyAuthOptions, AuthEvent } from './admit.ts'

/** Options of this adapter. */
export interface HonoApiKeyAuthOptions extends ApiKeyAuthOptions {
  /**
   * The remote address. By default that of `@hono/node-server`; elsewhere give
   * `(context) => getConnInfo(context).remote.address` of your runtime.
   */
  readonly source?: (context: Context) => string | undefined
}

/**
 * Middleware that lets in requests with an accepted key, and sets `caller`: `app.use(apiKeyAuth({ keyring }))`, then
 * `c.get('caller')`. All other requests get 401 or 429. A header that was sent twice arrives here as one with a comma in it,
 * which is no key. It answers `GET /api-key/proof`, by which a rotation proves a key.
 */
export function apiKeyAuth(
  options: HonoApiKeyAuthOptions,
): MiddlewareHandler<{ Variables: { caller: Verified } }> {
  const admit = createAdmission(options)
  const { source = nodeSource } = options
  return async (context, next) => {
    const outcome = await admit(context.req.header('authorization'), { source: source(context) })
    if (outcome.ok) {
      const { headers = {} } = outcome
      if (isKeyProof(context.req.method, context.req.path)) {
        return context.body(null, KEY_PROOF_ANSWER.status, {
          ...headers,
          ...KEY_PROOF_ANSWER.headers,
        })
      }
      context.set('caller', outcome)
      await next()
      for (const [name, value] of Object.entries(headers)) context.header(name, value)
      return
    }
    const { status, headers, body } = outcome.response
    return context.body(body, status, headers)
  }
}

function nodeSource({ env }: Context): string | undefined {
  const { incoming } = (env ?? {}) as { incoming?: { socket?: { remoteAddress?: string } } }
  return incoming?.socket?.remoteAddress
}
