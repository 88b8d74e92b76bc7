import type { RequestHandler } from 'express'
import { type ApiKeyAuthOptions, createAdmission } from './admit.ts'
import { onceJudged } from './once-judged.ts'
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
 * Put it before the body parsers; all other requests get 401 or 429. The source is `request.ip`, so set `trust proxy` if
 * there is one.
 */
export function apiKeyAuth(options: ApiKeyAuthOptions): RequestHandler {
  const admit = createAdmission(options)
  return (request, response, next) => {
    onceJudged(
      admit(rawAuthorization(request), request.ip),
      (outcome) => {
        if (outcome.ok) {
          request.caller = outcome
          response.set(outcome.headers ?? {})
          next()
          return
        }
        const { status, headers, body } = outcome.response
        response.writeHead(status, headers).end(body)
      },
      next,
    )
  }
}
