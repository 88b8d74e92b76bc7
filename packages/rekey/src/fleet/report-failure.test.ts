import { expect, it } from 'vitest'
import { clientRefusalIn, explainReportFailure } from './report-failure.ts'

const errorOf = (code: string, message = 'no more is known') =>
  Object.assign(new Error(message), { code })

const CODES = {
  'certificate-expired': ['CERT_HAS_EXPIRED'],
  'certificate-not-yet-valid': ['CERT_NOT_YET_VALID'],
  'certificate-name': ['ERR_TLS_CERT_ALTNAME_INVALID'],
  'certificate-untrusted': [
    'UNABLE_TO_GET_ISSUER_CERT',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'CERT_SIGNATURE_FAILURE',
    'CERT_UNTRUSTED',
    'INVALID_CA',
    'INVALID_PURPOSE',
  ],
  'not-tls': [
    'ERR_SSL_WRONG_VERSION_NUMBER',
    'ERR_SSL_PACKET_LENGTH_TOO_LONG',
    'ERR_SSL_HTTP_REQUEST',
  ],
  'client-certificate-refused': [
    'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE',
    'ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED',
    'ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN',
    'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
    'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
    'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
  ],
}

const rows = Object.entries(CODES).flatMap(([reason, codes]) => codes.map((code) => [code, reason]))

it.each(rows)('a request for a report that fails with %s is explained as %s', (code, reason) => {
  const explained = explainReportFailure(errorOf(code))
  expect(explained).toMatchObject({ code: 'refused', details: { reason } })
  expect(explained.message).toMatch(new RegExp(`: .*\\(${reason}\\)$`))
  expect(explained.message).not.toContain('no more is known')
})

/** As OpenSSL numbers them (sslerr.h), in the text of Node.js 20. */
const NUMBERS = {
  'not-tls': [156, 198, 267],
  'client-certificate-refused': [1040, 1042, 1045, 1046, 1048, 1116],
}

const numbered = Object.entries(NUMBERS).flatMap(([reason, numbers]) =>
  numbers.map((number) => [number, reason] as const),
)

it.each(numbered)('one that OpenSSL numbers %i is explained as %s', (number, reason) => {
  const text = `write EPROTO 7F00:error:0A${number.toString(16).padStart(6, '0')}:SSL routines`
  expect(explainReportFailure(errorOf('EPROTO', text))).toMatchObject({ details: { reason } })
  const other = errorOf('ECONNRESET', text)
  expect(explainReportFailure(other)).toBe(other)
})

it.each([
  ['another code', errorOf('ECONNREFUSED')],
  ['none', new Error('no code')],
  ['a number of OpenSSL that is not known', errorOf('EPROTO', ':error:0A000001:')],
  ['no number of OpenSSL', errorOf('EPROTO')],
])('one with %s is left as it is', (_, error) => {
  expect(explainReportFailure(error)).toBe(error)
})

it('a replica that refuses the client certificate is named with its code, and nothing else of its answer', () => {
  const refusal = clientRefusalIn('{"code":"certificate-name","secret":"hidden"}')
  expect(refusal).toMatch(
    /^it refuses the client certificate of the rotator \(certificate-name\): /,
  )
  expect(refusal).not.toContain('hidden')
  expect(clientRefusalIn('{"code":"other"}')).toBeUndefined()
})
