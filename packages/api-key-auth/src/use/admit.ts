import type { IncomingMessage } from 'node:http'
import { authenticate, bindToPeer, type HeaderValue, type Outcome } from './authenticate.ts'
import { isRetiring } from './key-entry.ts'
import type { Keyring } from './keyring.ts'
import type { Refused, Verified } from './verdict.ts'

/** Something that an operator wants to know. Never holds a secret, so it may be logged as it is. */
export type AuthEvent =
  /** Of a source over the limit (`limited`), only the first refusal in a minute is reported. */
  | ({ readonly type: 'refused' } & Refused)
  /** Accepted with a key that is about to be revoked: the sender has not switched yet. Reported once per source. */
  | ({ readonly type: 'retiring'; readonly source?: string } & Omit<Verified, 'ok' | 'headers'>)

/** Options of every adapter. */
export interface ApiKeyAuthOptions {
  /** The keys that are accepted. */
  readonly keyring: Keyring
  /** Called within the request, so it must be quick; if it throws, the request fails. */
  readonly onEvent?: (event: AuthEvent) => void
}

/** Options of an adapter that reaches the connection of a request. */
export interface ConnectedApiKeyAuthOptions extends ApiKeyAuthOptions {
  /**
   * Returns the caller that the connection of a request proves, such as the service that a client certificate names. A key of
   * another caller is refused with 403, and so is every key where none is proven. Default: a key is enough.
   */
  readonly peerOf?: (request: IncomingMessage) => string | undefined
}

/** The origin of a request. */
export interface RequestOrigin {
  /** The remote address. */
  readonly source?: string | undefined
  /** Present where keys are bound to connections: the caller that this one proves, if any. */
  readonly peer?: { readonly name: string | undefined } | undefined
}

/** Judges a request by its header and its origin. */
export type Admission = (header: HeaderValue, origin: RequestOrigin) => Outcome | Promise<Outcome>

/** Returns the origin of a request. */
export function originOf(
  { peerOf }: ConnectedApiKeyAuthOptions,
  request: IncomingMessage,
  source: string | undefined,
): RequestOrigin {
  return { source, ...(peerOf && { peer: { name: peerOf(request) } }) }
}

/** {@link authenticate}, and reports what an operator needs. */
export function createAdmission({ keyring, onEvent }: ApiKeyAuthOptions): Admission {
  const isNews = createNewsFilter()

  const report = (outcome: Outcome, source: string | undefined) => {
    if (outcome.ok) {
      if (!isRetiring(outcome.stage) || !isNews(`${outcome.keyId} ${source ?? ''}`)) return
      const { caller, keyId, stage, version } = outcome
      const where = source === undefined ? {} : { source }
      onEvent?.({ type: 'retiring', caller, keyId, stage, version, ...where })
    } else if (outcome.refused.limited?.isFirst ?? true) {
      onEvent?.({ type: 'refused', ...outcome.refused })
    }
  }

  return (header, { source, peer }) => {
    const judge = (judged: Outcome) => {
      const outcome = peer === undefined ? judged : bindToPeer(judged, peer.name, source)
      report(outcome, source)
      return outcome
    }
    const outcome = authenticate(keyring, header, source)
    return outcome instanceof Promise ? outcome.then(judge) : judge(outcome)
  }
}

const NEWS_REMEMBERED = 256

/** Whether an event is reported for the first time, or for the first time in a long while. */
function createNewsFilter(): (what: string) => boolean {
  const reported = new Set<string>()
  return (what) => {
    if (reported.has(what)) return false
    if (reported.size >= NEWS_REMEMBERED) reported.clear()
    reported.add(what)
    return true
  }
}
