import { jsonIn, limitedText, SecretError, within } from '@rekey/secret'
import type { Clock, Secret } from '@rekey/secret'
import { type SecretErrorCode, singleFlight } from '@rekey/secret/internal'
import { certificateRefusal } from '@rekey/secret/trust'

/** A code, the reason for programs, and the fault with its remedy. */
export type Meaning = readonly [code: SecretErrorCode, reason: string, what: string]

/** One request to the HTTPS API of a cloud. */
export interface CloudRequest {
  /** In words, for messages: `reading shop-API_KEY of Secret Manager`. */
  readonly what: string
  readonly url: URL
  /** Default: GET, or POST where there is a body. */
  readonly method?: 'PATCH'
  readonly headers?: Readonly<Record<string, string>>
  /** A form, or JSON. */
  readonly body?: URLSearchParams | object
  /** The meaning of error codes in the answer, before that of its status. */
  readonly codes?: Readonly<Record<string, Meaning>>
}

/** How requests are made. */
export interface CloudCalls {
  readonly clock: Clock
  /** Ends everything. */
  readonly closing: AbortSignal
  /** For one answer, in milliseconds. */
  readonly timeoutMs: number
}

/** An object of JSON that was not checked. */
export type Json = Readonly<Record<string, unknown>>

/** An answer without which it is not known whether there is a secret. A 404 may come from anything between, so it is one of them. */
const STATUSES: Readonly<Record<number, Meaning>> = {
  401: ['forbidden', 'bad-credentials', 'the login was refused: renew or correct its credentials'],
  403: ['forbidden', 'denied', 'it is not allowed: grant what rekey rights prints, and enable it'],
  429: ['unreachable', 'throttled', 'there were too many requests: ask less often'],
}
const FAILED: Meaning = ['unreachable', 'server-error', 'the service failed: try again later']
const REFUSED: Meaning = [
  'refused',
  'unexpected',
  'the service refused it: look into its audit log',
]
const STRANGE: Meaning = [
  'unreachable',
  'unintelligible',
  'the answer is not one of the service: check the address and what is before it',
]
const SILENT: Meaning = ['unreachable', 'connection', 'no answer came: check network and address']

/**
 * Makes one request, follows no redirect, and returns the object of the answer.
 *
 * @throws {SecretError} with nothing of request or answer but its status; the reason of `closing`
 */
export async function askCloud(request: CloudRequest, calls: CloudCalls): Promise<Json> {
  const { what, url, codes = {} } = request
  const { status, text, retryAfterMs } = await send(request, calls)
  const body = objectIn(jsonIn(text))
  if (status < 300 && body !== undefined) return body
  const fallback = status >= 500 ? FAILED : status === 400 || status === 409 ? REFUSED : STRANGE
  const known = codesIn(body).map((code) => codes[code])
  throw failure(known.find(Boolean) ?? STATUSES[status] ?? fallback, what, {
    ...{ host: url.host, status },
    ...(retryAfterMs > 0 && { retryAfterMs }),
  })
}

/** An error in the words of {@link Meaning}. */
export function failure([code, reason, fault]: Meaning, what: string, details = {}): SecretError {
  return new SecretError(code, `${what} failed, ${fault}`, { reason, ...details })
}

/** The error for a successful answer without what every answer has. */
export function strangeAnswer(what: string): SecretError {
  return failure(STRANGE, what)
}

/** The value as an object, if it is one. */
export function objectIn(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null ? (value as Json) : undefined
}

async function send(request: CloudRequest, { clock, closing, timeoutMs }: CloudCalls) {
  const { what, url, body } = request
  const isJson = body !== undefined && !(body instanceof URLSearchParams)
  const limit = { what, limitMs: timeoutMs, clock, signal: closing, keepAlive: true }
  try {
    return await within(limit, async (signal) => {
      const response = await fetch(url, {
        method: request.method ?? (body === undefined ? 'GET' : 'POST'),
        headers: { ...request.headers, ...(isJson && { 'content-type': 'application/json' }) },
        ...(body !== undefined && { body: isJson ? JSON.stringify(body) : body }),
        ...{ redirect: 'error', signal },
      })
      const retryAfterMs = Number(response.headers.get('retry-after') ?? 0) * 1_000
      return { status: response.status, text: await limitedText(response), retryAfterMs }
    })
  } catch (error) {
    if (error instanceof SecretError) throw error
    const refusal = certificateRefusal(error, { host: url.host, option: 'NODE_EXTRA_CA_CERTS' })
    throw refusal ?? failure(SILENT, what, { host: url.host })
  }
}

/** `{ error: { status: 'NOT_FOUND' } }` of Google, `{ error: { code: 'SecretNotFound' } }` of Azure, `{ error: 'invalid_grant' }` of OAuth. */
function codesIn(body: Json | undefined): string[] {
  const error = body?.['error']
  const { status, code } = objectIn(error) ?? {}
  return [error, status, code].filter((each) => typeof each === 'string')
}

/** A login, and for how long it is good. */
export interface CloudToken {
  readonly token: Secret
  readonly livesMs: number
}

/** A token is renewed when it ends within this time. */
const MARGIN_MS = 60_000

/**
 * Makes requests with a token that `login` gets: anew when it nears its end, and once where the service refuses it before.
 */
export function createSession(login: () => Promise<CloudToken>, calls: CloudCalls) {
  let kept: { readonly token: Secret; readonly until: number } | undefined
  const renew = singleFlight(async () => {
    const begun = calls.clock.elapsed()
    const { token, livesMs } = await login()
    kept = { token, until: begun + livesMs - MARGIN_MS }
    return token
  })
  return async (request: CloudRequest): Promise<Json> => {
    const isGood = kept !== undefined && calls.clock.elapsed() < kept.until
    const token = isGood && kept ? kept.token : await renew()
    const ask = (by: Secret) => {
      const headers = { ...request.headers, authorization: `Bearer ${by.expose()}` }
      return askCloud({ ...request, headers }, calls)
    }
    try {
      return await ask(token)
    } catch (error) {
      const isOver = error instanceof SecretError && error.details['status'] === 401
      if (!isOver) throw error
      return ask(kept !== undefined && kept.token !== token ? kept.token : await renew())
    }
  }
}
