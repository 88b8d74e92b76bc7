import type { onRequestHookHandler } from 'fastify'
import { admit, type ApiKeyAuthOptions } from './admit.ts'
import { rawAuthorization } from './raw-authorization.ts'
import type { Verified } from './verdict.ts'

export type { ApiKeyAuthOptions, AuthEvent } from './admit.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls; set by `apiKeyAuth`. */
    caller?: Verified
  }
}

/**
 * A hook that lets in requests with an accepted key, and sets `request.caller`:
 * `app.addHook('onRequest', apiKeyAuth({ keyring }))`. It runs before the body is parsed; all others get a 401.
 */
export function apiKeyAuth(options: ApiKeyAuthOptions): onRequestHookHandler {
  return (request, reply, done) => {
    const outcome = admit(options, rawAuthorization(request.raw))
    if (outcome.ok) {
      request.caller = outcome
      done()
      return
    }
    const { status, headers, body } = outcome.response
    reply.code(status).headers(headers).send(body)
  }
}
