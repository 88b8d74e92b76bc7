import type { X509Certificate } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { type Clock, systemClock } from '@rekey/secret'

/** Why a call is refused for its client certificate. Part of the answer, so that a caller can act on it. */
export type ClientRefusalCode =
  | 'certificate-missing'
  | 'certificate-expired'
  | 'certificate-not-yet-valid'
  | 'certificate-untrusted'
  | 'certificate-purpose'
  | 'certificate-name'

/** The service that a connection proves, or why it proves none. */
export type ClientVerdict =
  | { readonly ok: true; readonly service: string }
  | { readonly ok: false; readonly code: ClientRefusalCode }

/** The callers of a server. */
export interface ClientRule {
  /** The services that may call, each by the host name in its certificate. */
  readonly services: readonly string[]
  readonly clock?: Clock
}

/**
 * Options of a TLS server that asks every caller for a certificate. A handshake without one, or with a wrong one, succeeds, so that
 * the caller gets an answer with the reason: refuse it with {@link verifyClient}, or one of the adapters.
 */
export const ASK_CLIENTS = Object.freeze({ requestCert: true, rejectUnauthorized: false } as const)

/** `id-kp-serverAuth` and `id-kp-clientAuth` (RFC 5280 §4.2.1.12): a person's certificate has the second alone. */
const SERVICE_PURPOSES = ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']

/** Only a dNSName counts, letter for letter: never the common name, never a wildcard (RFC 9525 §6.3 lets a client choose). */
const EXACT = {
  subject: 'never',
  wildcards: false,
  partialWildcards: false,
  multiLabelWildcards: false,
  singleLabelSubdomains: false,
} as const

/** The verdicts of OpenSSL that have a code of their own. */
const CODES: Readonly<Record<string, ClientRefusalCode>> = {
  CERT_HAS_EXPIRED: 'certificate-expired',
  CERT_NOT_YET_VALID: 'certificate-not-yet-valid',
  INVALID_PURPOSE: 'certificate-purpose',
}

/**
 * Verifies which service is at the other end of a connection: its certificate is one of a trusted root, valid at this moment, for
 * servers and clients both, and for the host name of exactly one of the services. A server that asks with {@link ASK_CLIENTS} trusts
 * the roots in `ca` of its context.
 */
export function verifyClient(socket: Socket, rule: ClientRule): ClientVerdict {
  const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined
  if (!(socket instanceof TLSSocket) || certificate === undefined) {
    return refuse('certificate-missing')
  }
  // A connection may outlive its certificate, and a session that is resumed may have begun before it ended.
  const code = timeOf(certificate, (rule.clock ?? systemClock).now())
  if (code !== undefined) return refuse(code)
  if (!socket.authorized) return refuse(codeOf(socket.authorizationError))
  // Node.js calls the extended usages so, and declares them present.
  const purposes = (certificate.keyUsage as readonly string[] | undefined) ?? []
  if (!SERVICE_PURPOSES.every((purpose) => purposes.includes(purpose))) {
    return refuse('certificate-purpose')
  }
  const named = rule.services.filter((name) => certificate.checkHost(name, EXACT) !== undefined)
  const [service] = named
  if (service === undefined || named.length > 1) return refuse('certificate-name')
  return { ok: true, service }
}

/** Verifies the client of a request, see {@link verifyClient}; the service that it is, if it is one. */
export function clientOf(request: IncomingMessage, rule: ClientRule): string | undefined {
  const verdict = verifyClient(request.socket, rule)
  return verdict.ok ? verdict.service : undefined
}

function timeOf(
  { validFrom, validTo }: X509Certificate,
  nowMs: number,
): ClientRefusalCode | undefined {
  if (nowMs >= Date.parse(validTo)) return 'certificate-expired'
  return nowMs < Date.parse(validFrom) ? 'certificate-not-yet-valid' : undefined
}

/** Node.js declares an error and gives the code of OpenSSL as a text. */
function codeOf(error: unknown): ClientRefusalCode {
  return CODES[String(error)] ?? 'certificate-untrusted'
}

function refuse(code: ClientRefusalCode): ClientVerdict {
  return { ok: false, code }
}
