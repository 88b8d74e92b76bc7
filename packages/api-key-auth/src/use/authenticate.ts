import type { Keyring } from './keyring.ts'
import type { FailureLimit, Refused, Verified } from './verdict.ts'

/** The answer to the far side. */
export interface PublicRefusal {
  readonly status: 401 | 403 | 429 | 503
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A request that is let in, or what to answer it with. */
export type Outcome =
  Verified | { readonly ok: false; readonly refused: Refused; readonly response: PublicRefusal }

/** The `Authorization` header as a server has it: once, several times, or not at all. */
export type HeaderValue = string | readonly string[] | undefined

const JSON_TYPE = 'application/json; charset=utf-8'

/** One answer for every reason (RFC 6750 §3), so that it reveals nothing about which keys exist. */
const UNAUTHORIZED: PublicRefusal = Object.freeze({
  status: 401,
  headers: Object.freeze({ 'www-authenticate': 'Bearer', 'content-type': JSON_TYPE }),
  body: '{"error":"unauthorized"}',
})

/** RFC 9110 §15.6.4: the fault is here and will pass, so a sender need not doubt its key. */
const UNAVAILABLE: PublicRefusal = Object.freeze({
  status: 503,
  headers: Object.freeze({ 'retry-after': '1', 'content-type': JSON_TYPE }),
  body: '{"error":"unavailable"}',
})

/** RFC 9110 §15.5.4: no other key would help over this connection. */
const FORBIDDEN: PublicRefusal = Object.freeze({
  status: 403,
  headers: Object.freeze({ 'content-type': JSON_TYPE }),
  body: '{"error":"forbidden: the key is not that of the caller that the connection proves"}',
})

const SCHEME = 'bearer '
const NOT_A_KEY = ''

/**
 * Judges the `Authorization` header of a request: `Bearer <key>`, exactly once. This is what all adapters call; use it
 * where none of them fits. A promise only where the answer waits for a key that is not known yet.
 *
 * `source` is the remote address, if there is one. Who fails from there too often is answered with 429 instead of 401,
 * after the key was judged: an accepted key is let in however much else fails at its address.
 */
export function authenticate(
  keyring: Keyring,
  header: HeaderValue,
  source?: string,
): Outcome | Promise<Outcome> {
  const verdict = keyring.verifyFresh(keyIn(header), source)
  return verdict instanceof Promise ? verdict.then(outcomeOf) : outcomeOf(verdict)
}

/** Refuses an accepted key that comes over a connection of another caller than its own, or of none that is proven. */
export function bindToPeer(outcome: Outcome, peer: string | undefined, source?: string): Outcome {
  if (!outcome.ok || outcome.caller === peer) return outcome
  const { caller, keyId, version } = outcome
  const where = source === undefined ? {} : { source }
  const refused = { ok: false, reason: 'other-peer', caller, keyId, version, ...where } as const
  return { ok: false, refused, response: FORBIDDEN }
}

function outcomeOf(verdict: Verified | Refused): Outcome {
  if (verdict.ok) return verdict
  return { ok: false, refused: verdict, response: answerTo(verdict) }
}

function answerTo({ reason, limited }: Refused): PublicRefusal {
  if (reason === 'unconfirmed') return UNAVAILABLE
  return limited === undefined ? UNAUTHORIZED : tooMany(limited)
}

/** RFC 6585 §4. The challenge shows that another key would help (RFC 9110 §11.6.1), so that a sender tries its other one. */
function tooMany({ retryAfterS }: FailureLimit): PublicRefusal {
  return {
    status: 429,
    headers: {
      'www-authenticate': 'Bearer',
      'retry-after': String(retryAfterS),
      'content-type': JSON_TYPE,
    },
    body: '{"error":"too many failed attempts"}',
  }
}

/** The key in a header; undefined where there is no header, and {@link NOT_A_KEY} where it holds something else. */
function keyIn(header: HeaderValue): string | undefined {
  if (header === undefined || typeof header === 'string') return bearerKey(header)
  return header.length > 1 ? NOT_A_KEY : bearerKey(header[0])
}

function bearerKey(value: string | undefined): string | undefined {
  if (value === undefined) return undefined
  // The name of a scheme is case-insensitive (RFC 9110 §11.1).
  const hasScheme = value.slice(0, SCHEME.length).toLowerCase() === SCHEME
  return hasScheme ? value.slice(SCHEME.length) : NOT_A_KEY
}
