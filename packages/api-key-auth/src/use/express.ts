/**
 * Puts an Express application behind API keys.
 *
 * @module
 */
import type { RequestHandler } from 'express'
import { type ConnectedApiKeyAuthOptions, createAdmission, originOf } from './admit.ts'
import { isKeyProof, KEY_PROOF_ANSWER } from './key-proof.ts'
import { onceJudged } from './once-judged.ts'
import { rawAuthorization } from './raw-authorization.ts'
import type { Verified } from './verdict.ts'

export type { ApiKeyAuthOptions, AuthEvent, ConnectedApiKeyAuthOptions } from './admit.ts'

declare module 'express-serve-static-core' {
  interface Request {
    /** Who calls; set by `apiKeyAuth`. */
    caller?: Verified
  }
}

/**
 * Middleware that lets in requests with an accepted key, and sets `request.caller`: `app.use(apiKeyAuth({ keyring }))`.
 * Put it before the body parsers; all other requests get 401 or 429. The source is `request.ip`, so set `trust proxy` if
 * there is one. It answers `GET /api-key/proof`, by which a rotation proves a key; where it guards single routes only, put it on
 * that one too.
 */
export function apiKeyAuth(options: ConnectedApiKeyAuthOptions): RequestHandler {
  const admit = createAdmission(options)
  return (request, response, next) => {
    onceJudged(
      admit(rawAuthorization(request), originOf(options, request, request.ip)),
      (outcome) => {
        if (!outcome.ok) {
          const { status, headers, body } = outcome.response
          response.writeHead(status, headers).end(body)
          return
        }
        request.caller = outcome
        response.set(outcome.headers ?? {})
        if (isKeyProof(request.method, request.url))
          response.writeHead(KEY_PROOF_ANSWER.status, KEY_PROOF_ANSWER.headers).end()
        else next()
      },
      next,
    )
  }
}
