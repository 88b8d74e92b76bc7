import { jsonIn, limitedText, parseSecureUrl, SecretError, within } from '@rekey/secret'
import { certificateRefusal } from '@rekey/secret/trust'

/** A request to a provider's management API. */
export interface JsonRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly url: string
  /** The `Authorization` header. */
  readonly authorization: string
  /** JSON, or a form. */
  readonly body?: Readonly<Record<string, unknown>> | URLSearchParams
  readonly fetch: typeof fetch
  readonly signal: AbortSignal
}

/** The answer; `body` is empty unless it is a JSON object or array. */
export interface JsonAnswer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

const TIMEOUT_MS = 10_000
const TRUST_OPTION = 'trust of the provider in the family'

/**
 * Asks a provider's management API, by https or on loopback, and follows no redirect: what is sent opens every client.
 *
 * @throws {SecretError} `refused` or `malformed` for another address, `refused` for a certificate that is not trusted, `unreachable` without an answer or with one of 5xx or 429
 */
export async function requestJson(request: JsonRequest): Promise<JsonAnswer> {
  const url = parseSecureUrl(request.url, "the address of the provider's management API")
  const { origin } = url
  const { status, text } = await send(request, url)
  if (status >= 500 || status === 429) {
    const message = `${origin} cannot answer now: see its log`
    throw new SecretError('unreachable', message, { status })
  }
  const read = jsonIn(text)
  return { status, body: typeof read === 'object' ? { ...read } : {} }
}

/** A text in an answer. @throws {SecretError} `malformed` if it is not there */
export function textIn({ body }: JsonAnswer, field: string): string {
  const value = body[field]
  if (typeof value === 'string') return value
  const message = `the provider's answer has no ${field}: check the address and the version`
  throw new SecretError('malformed', message)
}

async function send(
  { method, authorization, body, fetch, signal }: JsonRequest,
  url: URL,
): Promise<{ status: number; text: string }> {
  const isJson = body !== undefined && !(body instanceof URLSearchParams)
  try {
    const limit = { what: `an answer of ${url.origin}`, limitMs: TIMEOUT_MS, signal }
    return await within(limit, async (limited) => {
      const response = await fetch(url, {
        method,
        headers: { authorization, ...(isJson && { 'content-type': 'application/json' }) },
        ...(body !== undefined && { body: isJson ? JSON.stringify(body) : body }),
        redirect: 'error',
        signal: limited,
      })
      return { status: response.status, text: await limitedText(response) }
    })
  } catch (error) {
    signal.throwIfAborted()
    const refusal = certificateRefusal(error, { host: url.host, option: TRUST_OPTION })
    if (refusal !== undefined) throw refusal
    throw new SecretError('unreachable', `${url.origin} does not answer: check that it is up`)
  }
}
