/**
 * Puts a Fastify server behind API keys.
 *
 * @module
 */
import type { onRequestHookHandler } from 'fastify'
import { type ConnectedApiKeyAuthOptions, createAdmission, originOf } from './admit.ts'
import { isKeyProof, KEY_PROOF_ANSWER } from './key-proof.ts'
import { onceJudged } from './once-judged.ts'
import { rawAuthorization } from './raw-authorization.ts'
import type { Verified } from './verdict.ts'

export type { ApiKeyAuthOptions, AuthEvent, ConnectedApiKeyAuthOptions } from './admit.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls; set by `apiKeyAuth`. */
    caller?: Verified
  }
}

/**
 * A hook that lets in requests with an accepted key, and sets `request.caller`:
 * `app.addHook('onRequest', apiKeyAuth({ keyring }))`. It runs before the body is parsed; all others get 401 or 429.
 * The source is `request.ip`, so set `trustProxy` if there is one. It answers `GET /api-key/proof`, by which a rotation proves a
 * key; where it is the hook of a scope rather than of the whole server, declare a route of that path in the scope.
 */
export function apiKeyAuth(options: ConnectedApiKeyAuthOptions): onRequestHookHandler {
  const admit = createAdmission(options)
  return (request, reply, done) => {
    onceJudged(
      admit(rawAuthorization(request.raw), originOf(options, request.raw, request.ip)),
      (outcome) => {
        if (!outcome.ok) {
          const { status, headers, body } = outcome.response
          reply.code(status).headers(headers).send(body)
          return
        }
        request.caller = outcome
        reply.headers(outcome.headers ?? {})
        if (isKeyProof(request.method, request.url))
          reply.code(KEY_PROOF_ANSWER.status).headers(KEY_PROOF_ANSWER.headers).send()
        else done()
      },
      (error) => {
        done(error as Error)
      },
    )
  }
}
