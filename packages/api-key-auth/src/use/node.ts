/**
 * Puts a listener of node:http behind API keys.
 *
 * @module
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { type ConnectedApiKeyAuthOptions, createAdmission, originOf } from './admit.ts'
import { isKeyProof, KEY_PROOF_ANSWER } from './key-proof.ts'
import { onceJudged } from './once-judged.ts'
import { rawAuthorization } from './raw-authorization.ts'
import type { Verified } from './verdict.ts'

export type { ConnectedApiKeyAuthOptions } from './admit.ts'

/** A request listener that knows who calls. */
export type CallerListener = (
  request: IncomingMessage,
  response: ServerResponse,
  caller: Verified,
) => void

/**
 * Puts a listener behind API keys: `createServer(apiKeyAuth({ keyring })((request, response, caller) => …))`.
 * A request without an accepted key is answered with 401 or 429, before its body is read, and does not reach the listener.
 * `GET /api-key/proof`, by which a rotation proves a key, is answered here.
 */
export function apiKeyAuth(
  options: ConnectedApiKeyAuthOptions,
): (listener: CallerListener) => RequestListener {
  const admit = createAdmission(options)
  return (listener) => (request, response) => {
    onceJudged(
      admit(rawAuthorization(request), originOf(options, request, request.socket.remoteAddress)),
      (outcome) => {
        if (!outcome.ok) {
          const { status, headers, body } = outcome.response
          response.writeHead(status, headers).end(body)
          return
        }
        response.setHeaders(new Map(Object.entries(outcome.headers ?? {})))
        if (isKeyProof(request.method, request.url))
          response.writeHead(KEY_PROOF_ANSWER.status, KEY_PROOF_ANSWER.headers).end()
        else listener(request, response, outcome)
      },
      (error) => {
        // As if the listener had thrown at once, so that the process treats both alike.
        process.nextTick(() => {
          throw error
        })
      },
    )
  }
}
