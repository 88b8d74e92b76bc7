import { SecretError } from '@rekey/secret'

/** Shorter than a replica has for its report, so that the reason is known by then. */
export const HANDSHAKE_MS = 1_500

const UNTRUSTED = [
  'certificate-untrusted',
  'its certificate is of no root that is trusted here: name its root in reports of the family, or look for what else listens there',
] as const
const REFUSED = [
  'client-certificate-refused',
  'it refuses the client certificate of the rotator: name one of a root that it trusts in reports.identity',
] as const
const NOT_TLS = [
  'not-tls',
  'it answers without TLS: serve its health over TLS, or write http in its healthUrl',
] as const

/** Codes of OpenSSL (`X509_verify_cert_error_string`, alerts of RFC 8446 §6.2) and of Node.js: our code, and what to do. */
const FAILURES = new Map<string, readonly [string, string]>([
  [
    'CERT_HAS_EXPIRED',
    ['certificate-expired', 'its certificate has expired: issue it anew, or check the clock here'],
  ],
  [
    'CERT_NOT_YET_VALID',
    ['certificate-not-yet-valid', 'its certificate is not valid yet: check the clocks of both'],
  ],
  [
    'ERR_TLS_CERT_ALTNAME_INVALID',
    [
      'certificate-name',
      'its certificate is for another name: write the name that it has into reports.services of the family',
    ],
  ],
  ...[
    'UNABLE_TO_GET_ISSUER_CERT',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'CERT_SIGNATURE_FAILURE',
    'CERT_UNTRUSTED',
    'INVALID_CA',
    'INVALID_PURPOSE',
  ].map((code) => [code, UNTRUSTED] as const),
  ...['WRONG_VERSION_NUMBER', 'PACKET_LENGTH_TOO_LONG', 'HTTP_REQUEST'].map(
    (code) => [`ERR_SSL_${code}`, NOT_TLS] as const,
  ),
  ...['BAD_CERTIFICATE', 'CERTIFICATE_EXPIRED', 'CERTIFICATE_UNKNOWN', 'HANDSHAKE_FAILURE'].map(
    (code) => [`ERR_SSL_SSLV3_ALERT_${code}`, REFUSED] as const,
  ),
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', REFUSED],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', REFUSED],
])

/** Reasons of OpenSSL (sslerr.h) that Node.js 20 has in the text of an `EPROTO` alone. */
const REASONS = new Map<number, readonly [string, string]>([
  [156, NOT_TLS],
  [198, NOT_TLS],
  [267, NOT_TLS],
  [1040, REFUSED],
  [1042, REFUSED],
  [1045, REFUSED],
  [1046, REFUSED],
  [1048, REFUSED],
  [1116, REFUSED],
])
/** The library (20, SSL) in nine bits, and the reason. */
const OPENSSL_ERROR = /:error:0A([\dA-F]{6}):/i

function tlsFailureOf({ code = '', message }: NodeJS.ErrnoException) {
  if (code !== 'EPROTO') return FAILURES.get(code)
  return REASONS.get(Number.parseInt(OPENSSL_ERROR.exec(message)?.[1] ?? '', 16))
}

/** Explains a failed request for a report. Anything else than TLS is returned as it is. */
export function explainReportFailure(error: NodeJS.ErrnoException): Error {
  const [reason, meaning] = tlsFailureOf(error) ?? []
  if (reason === undefined || meaning === undefined) return error
  return new SecretError('refused', `${meaning} (${reason})`, { reason })
}

const HANDSHAKES = {
  'handshake-cut':
    'it closed the connection within the TLS handshake: check that it serves TLS there, and what lies between',
  'handshake-timeout': `its TLS handshake did not end within ${HANDSHAKE_MS} ms: check that it is up`,
} as const

/** Describes a handshake that did not come to its end. */
export function handshakeFailure(reason: keyof typeof HANDSHAKES): SecretError {
  return new SecretError('unreachable', `${HANDSHAKES[reason]} (${reason})`, { reason })
}

const CLIENT_CODE = /"code":"(certificate-[a-z-]{1,24})"/

/** The reason why a replica refuses the client certificate of the rotator, from its answer. Nothing else of it is repeated. */
export function clientRefusalIn(body: string): string | undefined {
  const [, code] = CLIENT_CODE.exec(body) ?? []
  return (
    code &&
    `it refuses the client certificate of the rotator (${code}): check reports.identity of the family, and whom the replica lets read reports`
  )
}
