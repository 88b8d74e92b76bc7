import { ApiException } from '@kubernetes/client-node'
import type { ErrorDetails, SecretErrorCode } from '@rekey/secret/internal'
import { SecretError } from '@rekey/secret'
import { errnoOf } from '@rekey/secret/internal/files'
import { ANSWER_TOO_LARGE } from '../http-agents.ts'

type Meaning = readonly [code: SecretErrorCode, reason: string, what: string]

const STATUSES: Readonly<Record<number, Meaning>> = {
  401: [
    'forbidden',
    'unauthenticated',
    'does not know the token: check the token file or kubeconfig',
  ],
  403: [
    'forbidden',
    'denied',
    'does not allow it: give the account the Role that rekey rights kubernetes:NAMESPACE prints',
  ],
  404: ['missing', 'absent', 'has no such namespace or object: create it'],
  409: ['conflict', 'changed', 'refused a write over a newer version: read it again'],
  410: ['unreachable', 'gone', 'no longer has that version: read it again'],
  413: ['refused', 'too-large', 'takes no Secret above 1 MiB: remove something from it'],
  422: ['refused', 'invalid', 'takes no such Secret: check its size and its immutable field'],
  429: ['unreachable', 'throttled', 'has too many requests: try again later'],
  503: ['unreachable', 'unavailable', 'is not ready: try again later'],
  504: ['unreachable', 'timeout', 'got no answer from its own storage in time: try again later'],
}
const SERVER_FAILED: Meaning = ['unreachable', 'failing', 'failed: see its log']
const NOT_UNDERSTOOD: Meaning = [
  'unreachable',
  'not-understood',
  'gave an answer that no Kubernetes API server gives: check the address',
]
const TIMEOUT: Meaning = ['unreachable', 'timeout', 'did not answer in time: try again later']
const TLS: Meaning = ['unreachable', 'tls', 'could not prove who it is: check its CA certificate']
const TOO_LARGE: Meaning = [
  'unreachable',
  'too-large',
  'gave an answer too long for a Secret: check the address',
]
const NETWORK: Meaning = [
  'unreachable',
  'network',
  'could not be reached: check address and network',
]

/** Codes of OpenSSL and Node.js for a certificate or a handshake that is not right (Node.js, "TLS/SSL: X509 errors"). */
const TLS_CODE = /CERT|CRL|SIGNATURE|ERR_SSL|ERR_TLS|HOSTNAME|INVALID_CA|PATH_LENGTH|EPROTO/

/** Converts the failure of a request, without anything of the request or of the answer but its status. */
export function kubernetesFailure(error: unknown, action: string): SecretError {
  if (error instanceof SecretError) return error
  if (error instanceof ApiException) return statusFailure(error, action)
  const errno = errnoOf(error)
  if (isAbort(error)) return failure(TIMEOUT, action)
  if (errno === undefined) return failure(NOT_UNDERSTOOD, action)
  if (errno === ANSWER_TOO_LARGE) return failure(TOO_LARGE, action)
  return failure(TLS_CODE.test(errno) ? TLS : NETWORK, action, { errno })
}

/** An answer that no API server gives. */
export function notUnderstood(action: string): SecretError {
  return failure(NOT_UNDERSTOOD, action)
}

function statusFailure(error: ApiException<unknown>, action: string): SecretError {
  const { code: status, body, headers } = error
  const known = STATUSES[status] ?? (status >= 500 ? SERVER_FAILED : NOT_UNDERSTOOD)
  const retryAfterS = Number(headers['retry-after'])
  return failure(status === 404 && !isStatus(body) ? NOT_UNDERSTOOD : known, action, {
    status,
    ...(retryAfterS > 0 && { retryAfterMs: retryAfterS * 1_000 }),
  })
}

/** Whether it is the API server that has nothing there, and not something in front of it. */
function isStatus(body: unknown): boolean {
  return typeof body === 'string' && /"kind":\s*"Status"/.test(body)
}

function failure([code, reason, what]: Meaning, action: string, details: ErrorDetails = {}) {
  const message = `cannot ${action}: the Kubernetes API server ${what}`
  return new SecretError(code, message, { reason, ...details })
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && ['AbortError', 'TimeoutError'].includes(error.name)
}
