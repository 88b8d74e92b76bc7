import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { type Clock, type Secret, systemClock } from '@rekey/secret'

/** How far the clocks of both ends may differ, as in AWS Signature Version 4. */
const MAX_SKEW_MS = 300_000

/** A request to an adapter, as it is signed. */
export interface AdapterRequest {
  readonly method: string
  /** Path and query: `/smtp/credentials`. */
  readonly path: string
  /** The bytes of the body as text; empty if there is none. */
  readonly body: string
}

/** A request as an adapter received it. */
export interface ReceivedRequest extends AdapterRequest {
  /** The `Authorization` header. */
  readonly authorization: string | undefined
}

/**
 * Signs a request to an adapter: HMAC-SHA-256 (RFC 2104) over method, path, time, nonce and the SHA-256 digest of the body.
 *
 * @returns the `Authorization` header
 */
export function signAdapterRequest(
  key: Secret,
  request: AdapterRequest,
  clock: Pick<Clock, 'now'> = systemClock,
): string {
  const [time, nonce] = [String(clock.now()), randomBytes(16).toString('base64url')]
  const mac = macOf(key, request, time, nonce).toString('base64url')
  return `Rekey-Adapter t=${time},n=${nonce},m=${mac}`
}

const AUTHORIZATION = /^Rekey-Adapter t=(\d{1,15}),n=([\w-]{22}),m=([\w-]{43})$/

/** Options of {@link createRequestVerifier}. */
export interface RequestVerifierOptions {
  /** Returns the keys that are accepted now: two while the key is rotated. */
  readonly keys: () => readonly Secret[]
  /** Default: the machine's own. */
  readonly clock?: Pick<Clock, 'now'>
}

/**
 * Creates the check of an adapter: a request is taken once, within five minutes of its time, and only with a signature by one of
 * the keys, which are compared in constant time.
 *
 * @example
 * ```ts
 * const isGenuine = createRequestVerifier({ keys: () => [key] })
 * const request = { method: 'GET', path: '/smtp/credentials', body: '' }
 * isGenuine({ ...request, authorization: signAdapterRequest(key, request) }) // true, the first time
 * ```
 */
export function createRequestVerifier({
  keys,
  clock = systemClock,
}: RequestVerifierOptions): (request: ReceivedRequest) => boolean {
  /** The nonces of requests that were taken, oldest first, with the time after which they are too old anyway. */
  const seen = new Map<string, number>()
  return (request) => {
    const [, time = '', nonce = '', mac = ''] =
      AUTHORIZATION.exec(request.authorization ?? '') ?? []
    const now = clock.now()
    if (mac === '' || Math.abs(now - Number(time)) > MAX_SKEW_MS) return false
    const shown = Buffer.from(mac, 'base64url')
    const isSigned = keys().some((key) => {
      const expected = macOf(key, request, time, nonce)
      return shown.length === expected.length && timingSafeEqual(shown, expected)
    })
    if (!isSigned) return false
    for (const [old, endsAt] of seen) {
      if (endsAt >= now) break
      seen.delete(old)
    }
    if (seen.has(nonce)) return false
    seen.set(nonce, now + 2 * MAX_SKEW_MS)
    return true
  }
}

function macOf(
  key: Secret,
  { method, path, body }: AdapterRequest,
  time: string,
  nonce: string,
): Buffer {
  const digest = createHash('sha256').update(body).digest('hex')
  return createHmac('sha256', key.expose())
    .update(['rekey-adapter', method, path, time, nonce, digest].join('\n'))
    .digest()
}
