import type { RequestHandler } from 'express'
import { admit, type ApiKeyAuthOptions } from './admit.ts'
import { rawAuthorization } from './raw-authorization.ts'
import type { Verified } from './verdict.ts'

export type { ApiKeyAuthOptions, AuthEvent } from './admit.ts'

declare module 'express-serve-static-core' {
  interface Request {
    /** Who calls; set by `apiKeyAuth`. */
    caller?: Verified
  }
}

/**
 * Middleware that lets in requests with an accepted key, and sets `request.caller`: `app.use(apiKeyAuth({ keyring }))`.
 * Put it before the body parsers; all other requests get a 401.
 */
export function apiKeyAuth(options: ApiKeyAuthOptions): RequestHandler {
  return (request, response, next) => {
    const outcome = admit(options, rawAuthorization(request))
    if (outcome.ok) {
      request.caller = outcome
      next()
      return
    }
    const { status, headers, body } = outcome.response
    response.writeHead(status, headers).end(body)
  }
}
