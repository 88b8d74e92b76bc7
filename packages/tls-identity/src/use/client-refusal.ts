import type { ClientRefusalCode } from './client-certificate.ts'

const REMEDIES: Readonly<Record<ClientRefusalCode, string>> = {
  'certificate-missing': 'no client certificate: call with the TLS identity of your service',
  'certificate-expired':
    'the client certificate has expired: issue the identity of your service anew from the CA',
  'certificate-not-yet-valid':
    'the client certificate is not valid yet: check the clocks here and of its issuer',
  'certificate-untrusted':
    'the client certificate is of no root that is trusted here: check who issued it',
  'certificate-purpose':
    'the client certificate is not for a service: issue one with the purposes serverAuth and clientAuth',
  'certificate-name':
    'the client certificate names no service that may call here: call from a service that may',
}

const CODES = Object.keys(REMEDIES) as ClientRefusalCode[]

/** The answer to a call whose client certificate is refused. 403 and not 401: HTTP has no challenge for TLS (RFC 9110 §15.5.4). */
export interface ClientRefusal {
  readonly status: 403
  readonly headers: Readonly<Record<string, string>>
  /** JSON: `error` for people, `code` for programs. */
  readonly body: string
}

/** Makes the answer to a call that is refused with `code`. */
export function answerRefusal(code: ClientRefusalCode): ClientRefusal {
  return {
    status: 403,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' },
    body: JSON.stringify({ error: REMEDIES[code], code }),
  }
}

/** Reads why a call was refused from an answer. Its words are those of this package: nothing that was answered is repeated. */
export function refusalIn(body: string): { error: string; code: ClientRefusalCode } | undefined {
  const code = CODES.find((known) => body.includes(`"code":"${known}"`))
  return code && { error: REMEDIES[code], code }
}
