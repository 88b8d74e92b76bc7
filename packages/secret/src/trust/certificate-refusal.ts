import { SecretError } from '../errors.ts'

/** Codes of OpenSSL (`X509_verify_cert_error_string`) and of Node.js for a certificate that a client refuses. */
const REFUSAL =
  /^(?:CERT|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|HOSTNAME|ERR_TLS_CERT)[A-Z_]*$/

const MAX_CAUSES = 8

/** See {@link certificateRefusal}. */
export type RefusalPlace = Parameters<typeof certificateRefusal>[1]

/**
 * Explains a request that failed because the certificate of the server was refused.
 *
 * @param error what `fetch` or a library over it threw
 * @param place `host` with the port: `id.internal:8443`; `option` as an operator writes what names roots for it: `trust of the provider`
 * @returns `refused` with the code in `details.reason`; undefined for any other failure
 */
export function certificateRefusal(
  error: unknown,
  { host, option }: { readonly host: string; readonly option: string },
): SecretError | undefined {
  const reason = refusalCode(error)
  if (reason === undefined) return undefined
  const remedy = REMEDIES.get(reason) ?? `name its root in ${option}`
  const message = `the certificate that ${host} shows is refused (${reason}): ${remedy}`
  return new SecretError('refused', message, { host, reason })
}

const REMEDIES = new Map([
  ['CERT_HAS_EXPIRED', 'have it renewed there'],
  ['CERT_NOT_YET_VALID', 'check the clocks of both machines'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'use an address that the certificate is for'],
])

function refusalCode(error: unknown): string | undefined {
  let cause = error
  for (let depth = 0; depth < MAX_CAUSES && cause instanceof Error; depth += 1) {
    if ('code' in cause && typeof cause.code === 'string' && REFUSAL.test(cause.code)) {
      return cause.code
    }
    cause = cause.cause
  }
  return undefined
}
