import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { admit, type ApiKeyAuthOptions } from './admit.ts'
import { rawAuthorization } from './raw-authorization.ts'
import type { Verified } from './verdict.ts'

export type { ApiKeyAuthOptions, AuthEvent } from './admit.ts'

/** A request listener that knows who calls. */
export type CallerListener = (
  request: IncomingMessage,
  response: ServerResponse,
  caller: Verified,
) => void

/**
 * Puts a listener behind API keys: `createServer(apiKeyAuth({ keyring })((request, response, caller) => …))`.
 * A request without an accepted key is answered with 401, before its body is read, and does not reach the listener.
 */
export function apiKeyAuth(
  options: ApiKeyAuthOptions,
): (listener: CallerListener) => RequestListener {
  return (listener) => (request, response) => {
    const outcome = admit(options, rawAuthorization(request))
    if (outcome.ok) {
      listener(request, response, outcome)
      return
    }
    const { status, headers, body } = outcome.response
    response.writeHead(status, headers).end(body)
  }
}
