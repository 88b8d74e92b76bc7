import {
  type LiveSecret,
  parseSecureUrl,
  SecretError,
  type SecretVersion,
  within,
} from '@rekey/secret'
import { liveVersions, type RejectionCause } from '@rekey/secret/internal'
import type { ApiKey } from '../spec/api-key.ts'
import { retirementIn } from './retiring-headers.ts'
import type { SendEvent } from './refresh-gate.ts'

/** Options of {@link withApiKey}. */
export interface WithApiKeyOptions {
  /** Where the key may be sent, each as `https://host:port`; http is for loopback. A request to anywhere else is refused. */
  readonly origins: readonly string[]
  /** Called within the request, so it must be quick. Never gets a secret. */
  readonly onEvent?: (event: SendEvent) => void
  /** How long a refused request that has no other key waits for the source to be read again; default 2000. */
  readonly refreshWaitMs?: number
}

type Fetch = typeof fetch

/**
 * Makes a `fetch` that shows the `current` API key: `withApiKey(live, { origins })(fetch)`.
 *
 * If the answer is 401, or 429 with a challenge, the live secret is notified, and the request is sent once more with another
 * live version (`pending`, else `previous`, else what the source holds by now). A request whose body is a stream, or that is
 * a `Request` with a body, cannot be sent twice: the refusal is returned. Redirects are returned, not followed, so that the
 * key goes nowhere else; `fetch` gets the URL that was checked, as text, and what a `Request` holds beside it. If the
 * receiver reports that the key retires, the source is read again too, once.
 *
 * @throws {SecretError} `malformed` for a wrong origin, `refused` for one of clear text; the returned function `refused` for
 * a target that is not allowed
 */
export function withApiKey(
  live: LiveSecret<ApiKey>,
  options: WithApiKeyOptions,
): (fetch: Fetch) => Fetch {
  const checkOrigin = createOriginCheck(options.origins)
  const { onEvent, refreshWaitMs = 2_000 } = options
  const refresh = createRefresh(live, onEvent)
  const noteRetirement = createRetirementNote(live, refresh, onEvent)

  return (fetch) => async (input, init) => {
    const url = checkOrigin(input)
    const request = { ...partsOf(input), ...partsOf(init), redirect: 'manual' } as const
    const send = async (version: SecretVersion<ApiKey>) => {
      live.usage.record(version.version)
      const response = await fetch(url, { ...request, headers: headersWithKey(request, version) })
      if (isRefusal(response)) live.usage.fail(version.version)
      else noteRetirement(version, response.headers)
      return response
    }
    const used = live.current
    const response = await send(used)
    if (!isRefusal(response)) return response

    const refreshed = refresh('unauthorized')
    const other = isReplayable(request.body)
      ? (otherThan(used, live) ?? (await otherAfter(refreshed, refreshWaitMs, used, live)))
      : undefined
    if (other === undefined) {
      onEvent?.({ type: 'unauthorized', ...namesOf(used), status: response.status })
      return response
    }
    await response.body?.cancel()
    const second = await send(other)
    const { keyId: retriedWith } = namesOf(other)
    onEvent?.({ type: 'unauthorized', ...namesOf(used), retriedWith, status: second.status })
    return second
  }
}

/** 429 alone may come from anything; with a challenge it asks for other credentials (RFC 9110 §11.6.1). */
function isRefusal({ status, headers }: Response): boolean {
  return status === 401 || (status === 429 && headers.has('www-authenticate'))
}

/** The members of a `Request`, but for its address, or of an object in place of one; read once. */
function partsOf(from: FetchInput | RequestInit | undefined): RequestInit {
  if (from === undefined || typeof from === 'string' || from instanceof URL) return {}
  if (!(from instanceof Request)) {
    return Object.fromEntries(Object.entries(from).filter(([, value]) => value !== undefined))
  }
  const { method, headers, body, signal, cache, credentials, keepalive, mode } = from
  const { integrity, referrer, referrerPolicy } = from
  const rest = { cache, credentials, keepalive, mode, integrity, referrer, referrerPolicy }
  return { method, headers, signal, ...rest, ...(body && { body, duplex: 'half' }) }
}

function headersWithKey({ headers: own }: RequestInit, version: SecretVersion<ApiKey>): Headers {
  const headers = new Headers(own)
  headers.set('authorization', `Bearer ${version.value.expose().text.expose()}`)
  return headers
}

function namesOf({ name, value }: SecretVersion<ApiKey>): { name: string; keyId: string } {
  return { name, keyId: value.expose().keyId }
}

function otherThan(used: SecretVersion<ApiKey>, live: LiveSecret<ApiKey>) {
  return liveVersions(live.snapshot).find(({ version }) => version !== used.version)
}

type Refresh = (cause: RejectionCause) => Promise<void>

/** Has the source read again. Never rejects: the request does not depend on it, so a failure is an event. */
function createRefresh(live: LiveSecret<ApiKey>, onEvent: WithApiKeyOptions['onEvent']): Refresh {
  return async (cause) => {
    try {
      await live.rejected(cause)
    } catch (error) {
      const code = error instanceof SecretError ? error.code : 'unexpected'
      onEvent?.({ type: 'refresh-failed', name: live.name, code })
    }
  }
}

/** Reports a key that retires by the receiver's answer, once per version. */
function createRetirementNote(
  live: LiveSecret<ApiKey>,
  refresh: Refresh,
  onEvent: WithApiKeyOptions['onEvent'],
): (version: SecretVersion<ApiKey>, headers: Headers) => void {
  const reported = new Set<string>()
  return (used, headers) => {
    const { version } = used
    const retirement = retirementIn(headers)
    if (retirement === undefined || reported.has(version)) return
    const isLive = liveVersions(live.snapshot).map((each) => each.version)
    for (const each of reported) if (!isLive.includes(each)) reported.delete(each)
    reported.add(version)
    onEvent?.({ type: 'retiring', ...namesOf(used), version, ...retirement })
    void refresh('retiring')
  }
}

async function otherAfter(
  refresh: Promise<void>,
  waitMs: number,
  used: SecretVersion<ApiKey>,
  live: LiveSecret<ApiKey>,
) {
  const limit = { what: 'another version of the API key', limitMs: waitMs }
  await within(limit, () => refresh).catch(() => undefined)
  return otherThan(used, live)
}

/** The first argument of `fetch`. */
type FetchInput = Parameters<typeof fetch>[0]

/**
 * Creates the check that lets a request pass only to one of `origins`, each written as `https://host:port`; http is for loopback.
 * The check reads its input once and returns the URL to send to.
 *
 * @throws {SecretError} `malformed` if one of them is not an origin, `refused` if it is reached in clear text; the check
 *   `refused` for any other target
 */
function createOriginCheck(origins: readonly string[]): (input: FetchInput) => string {
  for (const origin of origins) {
    if (originOf(origin) !== origin) {
      throw new SecretError(
        'malformed',
        'an allowed origin is written as scheme://host:port, in lower case, without a path or the default port',
      )
    }
    parseSecureUrl(origin, 'an allowed origin of withApiKey')
  }
  const allowed = new Set(origins)
  return (input) => {
    const url = input instanceof Request ? input.url : String(input)
    const origin = originOf(url)
    if (!allowed.has(origin)) {
      throw new SecretError(
        'refused',
        'the API key may not be sent there; send the request to one of the allowed origins, or add this one',
        { origin },
      )
    }
    return parseSecureUrl(url, 'a request of withApiKey').href
  }
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : 'not a URL'
}

/** Whether a request with this body can be sent a second time: it has none, or one that sending does not use up. */
function isReplayable(body: RequestInit['body']): boolean {
  if (body === null || body === undefined || typeof body === 'string') return true
  // Named here, not at import: Node.js loads the whole of its HTTP client when FormData is first named.
  const values = [URLSearchParams, FormData, Blob, ArrayBuffer]
  return ArrayBuffer.isView(body) || values.some((Value) => body instanceof Value)
}
